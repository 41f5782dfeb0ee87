//! The permit goes with the stream: `cargo run --bin limit-stream-right-way`
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header::RETRY_AFTER};
use axum::response::sse::{Event, Sse};
use axum::routing::post;
use futures::future::try_join_all;
use futures::stream::{self, Stream, StreamExt};
use loopback::Server;
use reqwest::Client;
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Counts the answers that the provider writes at the same time.
#[derive(Default)]
struct Provider {
    writing: AtomicUsize,
    peak: AtomicUsize,
}

/// One answer; it is over when this is dropped, however that comes about.
struct Writing(Arc<Provider>);

impl Writing {
    fn begin(provider: Arc<Provider>) -> Self {
        let writing = provider.writing.fetch_add(1, Relaxed) + 1;
        provider.peak.fetch_max(writing, Relaxed);
        Self(provider)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.writing.fetch_sub(1, Relaxed);
    }
}

/// Four tokens, one each 100 ms.
fn tokens(writing: Writing) -> impl Stream<Item = Result<Event, Infallible>> {
    let words = stream::iter(["Twice", "two", "is", "four"]);
    words.then(move |word| {
        let _under_way = &writing;
        async move {
            sleep(Duration::from_millis(100)).await;
            Ok(Event::default().data(word))
        }
    })
}

type Answer = Sse<stream::BoxStream<'static, Result<Event, Infallible>>>;
type Refusal = (StatusCode, [(HeaderName, &'static str); 1]);

/// Who may be answered, and how long the others wait for their turn.
#[derive(Clone)]
struct Turns {
    permits: Arc<Semaphore>,
    patience: Duration,
}

async fn answer(
    State((turns, provider)): State<(Turns, Arc<Provider>)>,
) -> Result<Answer, Refusal> {
    let refusal = (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "1")]);
    // The limit is on the wait alone: what has begun is not cut off by it.
    let turn = timeout(turns.patience, turns.permits.acquire_owned());
    let permit = turn.await.ok().and_then(Result::ok).ok_or(refusal)?;
    let tokens = tokens(Writing::begin(provider));
    // Dropped with the stream: at its end, or when the reader leaves.
    Ok(Sse::new(tokens.inspect(move |_| _ = &permit).boxed()))
}

/// Asks, and reads the answer to its end.
async fn ask(client: &Client, url: &str) -> reqwest::Result<String> {
    let request = client.post(url).body("Twice two?");
    request.send().await?.text().await
}

/// Twelve users ask at once. Returns how many were answered, and how many
/// answers the provider wrote at once.
async fn run(patience: Duration) -> Result<(usize, usize), Box<dyn Error>> {
    let provider = Arc::new(Provider::default());
    let permits = Arc::new(Semaphore::new(2));
    let turns = Turns { permits, patience };
    let app = Router::new()
        .route("/", post(answer))
        .with_state((turns, Arc::clone(&provider)));
    let server = Server::start(app).await?;
    let client = loopback::client().build()?;
    let answers =
        try_join_all((0..12).map(|_| ask(&client, &server.url))).await?;
    let whole = answers.iter().filter(|text| text.contains("four")).count();
    Ok((whole, provider.peak.load(Relaxed)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (answered, peak) = run(Duration::from_secs(5)).await?;
    println!("{answered} answers, {peak} written at once");
    assert_eq!((answered, peak), (12, 2));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A permit that goes with the stream lets two run at once.
    #[tokio::test]
    async fn two_streams_run_at_once() {
        let ran = run(Duration::from_secs(5)).await;
        assert_eq!(ran.expect("the server runs"), (12, 2));
    }

    /// With a patience of 600 ms, four users get a turn and eight a refusal.
    #[tokio::test]
    async fn those_who_would_wait_too_long_are_refused() {
        let ran = run(Duration::from_millis(600)).await;
        assert_eq!(ran.expect("the server runs"), (4, 2));
    }
}
