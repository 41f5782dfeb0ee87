//! Work that ends with its caller: `cargo run --bin client-leaves-right-way`
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, post};
use loopback::Server;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

/// A provider that takes so long, and bills what it has finished. Not
/// all of them stop when their caller hangs up.
struct Provider {
    takes: Duration,
    billed: AtomicUsize,
}

impl Provider {
    fn new(takes: Duration) -> Arc<Self> {
        let billed = AtomicUsize::new(0);
        Arc::new(Self { takes, billed })
    }

    async fn complete(self: Arc<Self>, _prompt: String) -> &'static str {
        sleep(self.takes).await;
        println!("The provider bills an answer");
        self.billed.fetch_add(1, Relaxed);
        "Four"
    }
}

/// The longest that a call may take.
const LIMIT: Duration = Duration::from_mins(1);

async fn answer(
    State(provider): State<Arc<Provider>>,
    prompt: String,
) -> Result<&'static str, StatusCode> {
    // When the caller goes, this future is dropped, and the call with it.
    let call = tokio::spawn(provider.complete(prompt));
    let call = AbortOnDropHandle::new(call);
    let late = |_| StatusCode::GATEWAY_TIMEOUT;
    timeout(LIMIT, call).await.map_err(late)?.map_err(|error| {
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
    let provider = Provider::new(Duration::from_secs(1));
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
    assert_eq!((answers, billed), (0, 0));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    /// Three attempts that were given up are ended, and none is billed.
    #[tokio::test(start_paused = true)]
    async fn nothing_is_billed_that_nobody_waits_for() {
        loopback::tick(); // or the clock leaps over what sockets carry
        let ran = run(post(answer), "Twice two?".to_owned()).await;
        assert_eq!(ran.expect("the server runs"), (0, 0));
    }

    /// A handler that leaves a large prompt unread doesn't see its user leave.
    #[tokio::test(start_paused = true)]
    async fn an_unread_prompt_hides_the_leaving() {
        loopback::tick();
        let handler = async |state, unread: Body| {
            let answered = answer(state, String::new()).await;
            drop(unread);
            answered
        };
        let ran = run(post(handler), "A".repeat(4 << 20)).await;
        assert_eq!(ran.expect("the server runs"), (0, 3));
    }

    /// A call that hangs is given up after a minute, and ended.
    #[tokio::test(start_paused = true)]
    async fn a_call_that_hangs_is_given_up() {
        let provider = Provider::new(LIMIT * 2);
        let state = State(Arc::clone(&provider));
        let answer = answer(state, String::new()).await;
        assert_eq!(answer, Err(StatusCode::GATEWAY_TIMEOUT));
        sleep(LIMIT * 2).await;
        assert_eq!(provider.billed.load(Relaxed), 0);
    }
}
