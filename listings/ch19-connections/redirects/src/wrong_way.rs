//! Redirects are followed anywhere: `cargo run --bin redirects-wrong-way`
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, Method, StatusCode, header::LOCATION};
use axum::routing::{any, post};
use loopback::Server;
use std::error::Error;
use std::future::ready;
use std::sync::{Arc, Mutex};

/// The requests that a host was sent: method, whether with a key, prompt.
type Seen = Arc<Mutex<Vec<(Method, bool, String)>>>;

/// A host that answers whatever it is sent, and notes it.
fn host(seen: Seen) -> Router {
    let note = move |method: Method, headers: HeaderMap, prompt: String| {
        let key = headers.contains_key("x-api-key");
        seen.lock().expect("no panic").push((method, key, prompt));
        ready("An answer")
    };
    Router::new().route("/v1", any(note))
}

/// Adds redirects: `/302` leads to `to` by a 302, and so on.
fn redirecting(app: Router, to: String) -> Router {
    let redirect = move |Path(code): Path<u16>| {
        let code = StatusCode::from_u16(code).expect("it is a status");
        ready((code, [(LOCATION, to.clone())]))
    };
    app.route("/{code}", post(redirect))
}

/// How many answers came, and how many keys and prompts the other host got.
async fn run() -> Result<(usize, usize, usize), Box<dyn Error>> {
    let (ours, theirs) = (Seen::default(), Seen::default());
    let other = Server::start(host(Arc::clone(&theirs))).await?;
    let app = redirecting(host(ours), format!("{}/v1", other.url));
    let provider = Server::start(app).await?;
    // Without a policy, a client follows ten redirects, to any host.
    let client = loopback::client().build()?;

    let mut answers = 0;
    for code in [301, 302, 303, 307, 308] {
        let request = client
            .post(format!("{}/{code}", provider.url))
            .header("x-api-key", "sk-secret")
            .body("Our figures");
        answers += usize::from(request.send().await?.status().is_success());
        let seen = theirs.lock().expect("no panic");
        let (method, key, prompt) = seen.last().ok_or("nothing came")?;
        println!("{code}: {method}, key: {key}, prompt: {prompt:?}");
    }
    let seen = theirs.lock().expect("no panic");
    let keys = seen.iter().filter(|(_, key, _)| *key).count();
    let prompts = seen.iter().filter(|(_, _, text)| !text.is_empty()).count();
    Ok((answers, keys, prompts))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (answers, keys, prompts) = run().await?;
    println!("{answers} answers: all seems well");
    println!("{keys} keys and {prompts} prompts went to another host");
    assert_eq!((answers, keys, prompts), (5, 5, 2));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of five kinds of redirect takes the key to another host, two take
    /// the prompt along, and all five look like an answer.
    #[tokio::test]
    async fn five_keys_and_two_prompts_reach_another_host() {
        assert_eq!(run().await.expect("all is answered"), (5, 5, 2));
    }
}
