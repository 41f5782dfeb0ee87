//! One limit for all: `cargo run --bin limit-layer-right-way`
use axum::error_handling::HandleErrorLayer;
use axum::http::{StatusCode, header::RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{BoxError, Router};
use futures::stream::{FuturesUnordered, StreamExt};
use loopback::Server;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::error::Overloaded;
use tower::timeout::error::Elapsed;

/// The longest that a call may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Counts the calls that are under way at the provider.
struct Provider {
    calls: AtomicUsize,
    peak: AtomicUsize,
    /// Nothing is answered before it has a permit.
    open: Semaphore,
}

impl Provider {
    fn new() -> Arc<Self> {
        let (calls, peak) = Default::default();
        let open = Semaphore::new(0);
        Arc::new(Self { calls, peak, open })
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
    drop(call.0.open.acquire().await);
    sleep(Duration::from_millis(300)).await;
    "Four"
}

/// What a user hears when there is no room, or no answer in time.
async fn refuse(error: BoxError) -> Response {
    if error.is::<Overloaded>() {
        let retry_after = [(RETRY_AFTER, "1")];
        return (StatusCode::SERVICE_UNAVAILABLE, retry_after).into_response();
    }
    if error.is::<Elapsed>() {
        return StatusCode::GATEWAY_TIMEOUT.into_response();
    }
    eprintln!("A layer failed: {error}");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

fn app(provider: Arc<Provider>) -> Router {
    let limit = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(refuse))
        // Without it all others would wait, however long that takes.
        .load_shed()
        // It holds the semaphore, so whatever it is put around shares it.
        .layer(GlobalConcurrencyLimitLayer::new(2))
        // Two calls that hang would keep both places, and everybody out.
        .timeout(LIMIT);
    Router::new()
        .route("/", post(move || answer(Arc::clone(&provider))))
        // Only on what calls the provider: a full house is no illness.
        .route_layer(limit)
        .route("/health", get(async || "well"))
}

/// Twelve users ask at once, and the provider answers when ten have been told
/// to come again. Returns how many were answered, and how many calls the
/// provider had at once.
async fn ask(
    provider: &Provider,
    app: Router,
) -> Result<(usize, usize), Box<dyn Error>> {
    // It calls `axum::serve(listener, app)`, as most do.
    let server = Server::start(app).await?;
    let client = loopback::client().timeout(LIMIT).build()?;
    let mut asked: FuturesUnordered<_> = (0..12)
        .map(|_| client.post(&server.url).body("Twice two?").send())
        .collect();
    let (mut answered, mut refused) = (0, 0);
    while let Some(response) = asked.next().await {
        match response?.status() {
            StatusCode::OK => answered += 1,
            StatusCode::SERVICE_UNAVAILABLE => refused += 1,
            other => return Err(format!("status {other}").into()),
        }
        if refused == 10 {
            let health = client.get(format!("{}/health", server.url));
            health.send().await?.error_for_status()?;
            provider.open.add_permits(1);
        }
    }
    Ok((answered, provider.peak.load(Relaxed)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let provider = Provider::new();
    let app = app(Arc::clone(&provider));
    let (answered, peak) = ask(&provider, app).await?;
    println!("{answered} answers, {peak} calls at once");
    assert_eq!((answered, peak), (2, 2), "the others were told at once");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, extract::Request};
    use tokio::time::{Instant, timeout};
    use tower::ServiceExt;

    async fn asked(finish: fn(Router) -> Router) -> (usize, usize) {
        let provider = Provider::new();
        let app = finish(app(Arc::clone(&provider)));
        ask(&provider, app).await.expect("the server runs")
    }

    /// Two calls run, and ten users hear at once that there is no room. The
    /// server is well, and says so.
    #[tokio::test(start_paused = true)]
    async fn a_limit_of_two_lets_two_in() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert_eq!(asked(|app| app).await, (2, 2));
        assert_eq!(asked(|app| app.with_state(())).await, (2, 2));
    }

    /// Two calls that hang are given up, and there is room for two more.
    #[tokio::test(start_paused = true)]
    async fn a_call_that_hangs_gives_its_place_back() {
        let app = app(Provider::new()); // which is never open
        let ask = async || {
            let request = Request::post("/").body(Body::empty());
            let request = request.expect("it is a request");
            let answer = timeout(2 * LIMIT, app.clone().oneshot(request));
            let answer = answer.await.expect("it is given up");
            answer.expect("it is answered").status()
        };
        let start = Instant::now();
        for _ in 0..2 {
            let (one, two) = tokio::join!(ask(), ask());
            assert_eq!((one, two), (StatusCode::GATEWAY_TIMEOUT, one));
        }
        assert_eq!(start.elapsed(), 2 * LIMIT);
    }
}
