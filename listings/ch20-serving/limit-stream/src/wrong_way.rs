//! A limit that ends with the head: `cargo run --bin limit-stream-wrong-way`
use axum::Router;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use axum::routing::post;
use futures::future::try_join_all;
use futures::stream::{self, BoxStream, StreamExt};
use loopback::Server;
use reqwest::Response;
use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tower::limit::GlobalConcurrencyLimitLayer;

/// Counts the answers that the provider writes at the same time. It writes as
/// soon as it is open.
struct Provider {
    writing: AtomicUsize,
    peak: AtomicUsize,
    open: Semaphore,
}

/// One answer; it is over when this is dropped, however that comes about.
struct Writing(Arc<Provider>);

impl Drop for Writing {
    fn drop(&mut self) {
        self.0.writing.fetch_sub(1, Relaxed);
    }
}

impl Provider {
    fn new(permits: usize) -> Arc<Self> {
        let (writing, peak) = Default::default();
        let open = Semaphore::new(permits);
        Arc::new(Self {
            writing,
            peak,
            open,
        })
    }

    /// Four tokens, one each 100 ms.
    fn answer(self: Arc<Self>, _prompt: String) -> BoxStream<'static, Event> {
        let writing = self.writing.fetch_add(1, Relaxed) + 1;
        self.peak.fetch_max(writing, Relaxed);
        let writing = Arc::new(Writing(self));
        let words = stream::iter(["Twice", "two", "is", "four"]);
        let tokens = words.then(move |word| {
            let writing = Arc::clone(&writing);
            async move {
                drop(writing.0.open.acquire().await);
                sleep(Duration::from_millis(100)).await;
                Event::default().data(word)
            }
        });
        tokens.boxed()
    }
}

type Answer = Sse<BoxStream<'static, Result<Event, Infallible>>>;

async fn answer(
    State(provider): State<Arc<Provider>>,
    prompt: String,
) -> Answer {
    // The head goes out, and with it the permit goes back.
    Sse::new(provider.answer(prompt).map(Ok).boxed())
}

/// Twelve users ask at once. Returns how many were answered, and how many
/// answers the provider wrote at once.
async fn run() -> Result<(usize, usize), Box<dyn Error>> {
    let provider = Provider::new(0);
    let app = Router::new()
        .route("/", post(answer))
        .layer(GlobalConcurrencyLimitLayer::new(2))
        .with_state(Arc::clone(&provider));
    let server = Server::start(app).await?;
    let limit = Duration::from_secs(30);
    let client = loopback::client().timeout(limit).build()?;
    let asked =
        (0..12).map(|_| client.post(&server.url).body("Twice two?").send());
    let heads = try_join_all(asked).await?;
    // All twelve heads are here before the first token is written.
    provider.open.add_permits(1);
    let bodies = heads.into_iter().map(Response::text);
    let answers = try_join_all(bodies).await?;
    let whole = answers.iter().filter(|text| text.contains("four")).count();
    Ok((whole, provider.peak.load(Relaxed)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (answered, peak) = run().await?;
    println!("{answered} answers, {peak} written at once");
    assert_eq!((answered, peak), (12, 12), "the limit was for the heads");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A limit of two on calls lets twelve streams run at once.
    #[tokio::test(start_paused = true)]
    async fn a_limit_of_two_lets_twelve_streams_run() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert_eq!(run().await.expect("the server runs"), (12, 12));
    }
}
