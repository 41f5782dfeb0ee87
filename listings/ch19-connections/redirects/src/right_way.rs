//! Redirects stay at home: `cargo run --bin redirects-right-way`
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, Method, StatusCode, header::LOCATION};
use axum::routing::{any, post};
use loopback::Server;
use reqwest::Client;
use reqwest::redirect::Policy;
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

/// Follows a redirect only if the same host gets the same request again.
fn at_home() -> Policy {
    Policy::custom(|redirect| {
        let from = redirect.previous().last().map(reqwest::Url::origin);
        let stays = from == Some(redirect.url().origin());
        let repeats = matches!(redirect.status().as_u16(), 307 | 308);
        if redirect.previous().len() > 3 {
            redirect.error("redirected too often")
        } else if stays && repeats {
            redirect.follow()
        } else {
            // `stop` would hand out the redirect as if it were the answer.
            redirect.error("redirected elsewhere")
        }
    })
}

fn client() -> reqwest::Result<Client> {
    let client = loopback::client().redirect(at_home());
    // Or it tells the next address the last one, with its query.
    client.referer(false).build()
}

/// How many answers came, and how many keys and prompts the other host got.
async fn run() -> Result<(usize, usize, usize), Box<dyn Error>> {
    let (ours, theirs) = (Seen::default(), Seen::default());
    let other = Server::start(host(Arc::clone(&theirs))).await?;
    let app = redirecting(host(ours), format!("{}/v1", other.url));
    let provider = Server::start(app).await?;
    let client = client()?;

    let mut answers = 0;
    for code in [301, 302, 303, 307, 308] {
        let request = client
            .post(format!("{}/{code}", provider.url))
            .header("x-api-key", "sk-secret")
            .body("Our figures");
        match request.send().await {
            Err(error) if error.is_redirect() => println!("{code}: refused"),
            other => answers += usize::from(other?.status().is_success()),
        }
    }
    let seen = theirs.lock().expect("no panic");
    let keys = seen.iter().filter(|(_, key, _)| *key).count();
    let prompts = seen.iter().filter(|(_, _, text)| !text.is_empty()).count();
    Ok((answers, keys, prompts))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (answers, keys, prompts) = run().await?;
    println!("{answers} answers, and we know why");
    println!("{keys} keys and {prompts} prompts went to another host");
    assert_eq!((answers, keys, prompts), (0, 0, 0));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::REFERER;

    /// No redirect takes a key or a prompt to another host.
    #[tokio::test]
    async fn nothing_reaches_another_host() {
        assert_eq!(run().await.expect("it is refused"), (0, 0, 0));
    }

    /// At home a 308 is followed, with its prompt; a 302 is not.
    #[tokio::test]
    async fn at_home_a_308_repeats_the_post_and_a_302_is_refused()
    -> Result<(), Box<dyn Error>> {
        let seen = Seen::default();
        let home = redirecting(host(Arc::clone(&seen)), "/v1".to_owned());
        let home = Server::start(home).await?;
        let client = client()?;
        let ask = |code: u16| {
            let url = format!("{}/{code}", home.url);
            client.post(url).body("Our figures").send()
        };
        assert!(ask(308).await?.status().is_success());
        let refused = ask(302).await.err();
        assert!(refused.is_some_and(|error| error.is_redirect()));
        let expected = (Method::POST, false, "Our figures".to_owned());
        assert_eq!(*seen.lock().expect("no panic"), [expected]);
        Ok(())
    }

    /// A redirect to itself is followed three times, and then refused.
    #[tokio::test]
    async fn redirects_in_a_circle_are_refused() -> Result<(), Box<dyn Error>> {
        let home = redirecting(Router::new(), "/308".to_owned());
        let home = Server::start(home).await?;
        let url = format!("{}/308", home.url);
        let refused = client()?.post(url).send().await.err();
        assert!(refused.is_some_and(|error| error.is_redirect()));
        Ok(())
    }

    /// The next address isn't told the last one.
    #[tokio::test]
    async fn no_referer_is_sent() -> Result<(), Box<dyn Error>> {
        let seen = async |headers: HeaderMap| {
            headers.contains_key(REFERER).to_string()
        };
        let home = Router::new().route("/v1", post(seen));
        let home = redirecting(home, "/v1".to_owned());
        let home = Server::start(home).await?;
        let url = format!("{}/308?secret=1", home.url);
        let answer = client()?.post(url).send().await?.error_for_status()?;
        assert_eq!(answer.text().await?, "false");
        Ok(())
    }
}
