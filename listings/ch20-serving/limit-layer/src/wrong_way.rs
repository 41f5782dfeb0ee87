//! A limit for each connection: `cargo run --bin limit-layer-wrong-way`
use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use futures::future::join_all;
use loopback::Server;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Barrier;
use tokio::time::sleep;
use tower::limit::ConcurrencyLimitLayer;

/// Counts the calls that are under way at the provider.
struct Provider {
    calls: AtomicUsize,
    peak: AtomicUsize,
    /// It answers when so many calls are there.
    together: Barrier,
}

impl Provider {
    fn new(together: usize) -> Arc<Self> {
        let (calls, peak) = Default::default();
        let together = Barrier::new(together);
        Arc::new(Self {
            calls,
            peak,
            together,
        })
    }
}

/// One call; it is over when this is dropped, however that comes about.
struct Call(Arc<Provider>);

impl Call {
    fn begin(provider: Arc<Provider>) -> Self {
        let calls = provider.calls.fetch_add(1, Relaxed) + 1;
        provider.peak.fetch_max(calls, Relaxed);
        Self(provider)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Relaxed);
    }
}

/// Asks the provider, which takes 300 ms.
async fn answer(provider: Arc<Provider>) -> &'static str {
    let call = Call::begin(provider);
    call.0.together.wait().await;
    sleep(Duration::from_millis(300)).await;
    "Four"
}

fn app(provider: Arc<Provider>) -> Router {
    Router::new()
        .route("/", post(move || answer(Arc::clone(&provider))))
        // Two at a time, as our plan with the provider allows.
        .layer(ConcurrencyLimitLayer::new(2))
}

/// Twelve users ask at once. Returns how many were answered, and how many
/// calls the provider had at once.
async fn ask(
    provider: &Provider,
    app: Router,
) -> Result<(usize, usize), Box<dyn Error>> {
    // It calls `axum::serve(listener, app)`, as most do.
    let server = Server::start(app).await?;
    let limit = Duration::from_secs(30);
    let client = loopback::client().timeout(limit).build()?;
    let asked =
        (0..12).map(|_| client.post(&server.url).body("Twice two?").send());
    let mut answered = 0;
    for response in join_all(asked).await {
        answered += usize::from(response?.status() == StatusCode::OK);
    }
    Ok((answered, provider.peak.load(Relaxed)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let provider = Provider::new(12);
    let app = app(Arc::clone(&provider));
    let (answered, peak) = ask(&provider, app).await?;
    println!("{answered} answers, {peak} calls at once");
    assert_eq!((answered, peak), (12, 12), "the limit let all of them in");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(
        together: usize,
        finish: fn(Router) -> Router,
    ) -> (usize, usize) {
        let provider = Provider::new(together);
        let app = finish(app(Arc::clone(&provider)));
        ask(&provider, app).await.expect("the server runs")
    }

    /// A limit of two lets twelve calls run, each over its own connection.
    #[tokio::test(start_paused = true)]
    async fn a_limit_of_two_lets_twelve_in() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert_eq!(asked(12, |app| app).await, (12, 12));
    }

    /// Given its state, even an empty one, the same app holds its limit.
    #[tokio::test(start_paused = true)]
    async fn with_its_state_it_lets_two_in() {
        loopback::tick();
        assert_eq!(asked(2, |app| app.with_state(())).await, (12, 2));
    }
}
