//! Work that outlives its caller: `cargo run --bin client-leaves-wrong-way`
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, post};
use loopback::Server;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::sleep;

/// A provider that takes a second, and bills what it has finished.
#[derive(Default)]
struct Provider {
    billed: AtomicUsize,
}

impl Provider {
    async fn complete(self: Arc<Self>, _prompt: String) -> &'static str {
        sleep(Duration::from_secs(1)).await;
        println!("The provider bills an answer");
        self.billed.fetch_add(1, Relaxed);
        "Four"
    }
}

async fn answer(
    State(provider): State<Arc<Provider>>,
    prompt: String,
) -> Result<&'static str, StatusCode> {
    // A task of its own: it doesn't learn that its caller has gone.
    let call = tokio::spawn(provider.complete(prompt));
    call.await.map_err(|error| {
        eprintln!("The call failed: {error}");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}

/// A user waits 400 ms, three times. Returns how many answers came, and how
/// many were billed in the end.
async fn run(
    handler: MethodRouter<Arc<Provider>>,
    prompt: String,
) -> Result<(usize, usize), Box<dyn Error>> {
    let provider = Arc::new(Provider::default());
    let app = Router::new()
        .route("/", handler)
        .with_state(Arc::clone(&provider));
    let server = Server::start(app).await?;
    let client = loopback::client()
        .timeout(Duration::from_millis(400))
        .build()?;
    let mut answers = 0;
    for attempt in 1..=3 {
        match client.post(&server.url).body(prompt.clone()).send().await {
            Ok(answer) => answers += usize::from(answer.status().is_success()),
            Err(error) if error.is_timeout() => {
                println!("User gives up {attempt}");
            }
            Err(error) => return Err(error.into()),
        }
    }
    sleep(Duration::from_secs(1)).await;
    Ok((answers, provider.billed.load(Relaxed)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let prompt = "Twice two?".to_owned();
    let (answers, billed) = run(post(answer), prompt).await?;
    println!("{answers} answers, {billed} billed");
    assert_eq!((answers, billed), (0, 3));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three attempts that were given up are run to their end, and billed.
    #[tokio::test(start_paused = true)]
    async fn three_answers_that_nobody_waits_for_are_billed() {
        loopback::tick(); // or the clock leaps over what sockets carry
        let ran = run(post(answer), "Twice two?".to_owned()).await;
        assert_eq!(ran.expect("the server runs"), (0, 3));
    }
}
