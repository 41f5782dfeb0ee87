//! A limit that ends with the head: `cargo run --bin limit-stream-wrong-way`
use axum::Router;
use axum::extract::State;
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
use tokio::time::sleep;
use tower::limit::GlobalConcurrencyLimitLayer;

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

async fn answer(State(provider): State<Arc<Provider>>) -> Answer {
    // The head goes out, and with it the permit goes back.
    Sse::new(tokens(Writing::begin(provider)).boxed())
}

/// Asks, and reads the answer to its end.
async fn ask(client: &Client, url: &str) -> reqwest::Result<String> {
    let request = client.post(url).body("Twice two?");
    request.send().await?.error_for_status()?.text().await
}

/// Twelve users ask at once. Returns how many were answered, and how many
/// answers the provider wrote at once.
async fn run() -> Result<(usize, usize), Box<dyn Error>> {
    let provider = Arc::new(Provider::default());
    let app = Router::new()
        .route("/", post(answer))
        .layer(GlobalConcurrencyLimitLayer::new(2))
        .with_state(Arc::clone(&provider));
    let server = Server::start(app).await?;
    let client = loopback::client().build()?;
    let answers =
        try_join_all((0..12).map(|_| ask(&client, &server.url))).await?;
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
    #[tokio::test]
    async fn a_limit_of_two_lets_twelve_streams_run() {
        assert_eq!(run().await.expect("the server runs"), (12, 12));
    }
}
