//! One limit for all: `cargo run --bin limit-layer-right-way`
use axum::error_handling::HandleErrorLayer;
use axum::http::{StatusCode, header::RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{BoxError, Router};
use futures::future::join_all;
use loopback::Server;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::sleep;
use tower::ServiceBuilder;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::load_shed::error::Overloaded;

/// Counts the calls that are under way at the provider.
#[derive(Default)]
struct Provider {
    calls: AtomicUsize,
    peak: AtomicUsize,
}

/// Asks the provider, which takes 300 ms.
async fn answer(provider: Arc<Provider>) -> &'static str {
    let calls = provider.calls.fetch_add(1, Relaxed) + 1;
    provider.peak.fetch_max(calls, Relaxed);
    sleep(Duration::from_millis(300)).await;
    provider.calls.fetch_sub(1, Relaxed);
    "Four"
}

/// What a user hears when there is no room.
async fn refuse(error: BoxError) -> Response {
    if error.is::<Overloaded>() {
        let retry_after = [(RETRY_AFTER, "1")];
        return (StatusCode::SERVICE_UNAVAILABLE, retry_after).into_response();
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
        .layer(GlobalConcurrencyLimitLayer::new(2));
    Router::new()
        .route("/", post(move || answer(Arc::clone(&provider))))
        .layer(limit)
}

/// Twelve users ask at once. Returns how many were answered, and how many
/// calls the provider had at once.
async fn ask(
    provider: &Provider,
    app: Router,
) -> Result<(usize, usize), Box<dyn Error>> {
    // It calls `axum::serve(listener, app)`, as most do.
    let server = Server::start(app).await?;
    let client = loopback::client().build()?;
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
    let provider = Arc::new(Provider::default());
    let app = app(Arc::clone(&provider));
    let (answered, peak) = ask(&provider, app).await?;
    println!("{answered} answers, {peak} calls at once");
    assert_eq!((answered, peak), (2, 2), "the others were told at once");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(finish: fn(Router) -> Router) -> (usize, usize) {
        let provider = Arc::new(Provider::default());
        let app = finish(app(Arc::clone(&provider)));
        ask(&provider, app).await.expect("the server runs")
    }

    /// Two calls run, and ten users hear at once that there is no room.
    #[tokio::test]
    async fn a_limit_of_two_lets_two_in() {
        assert_eq!(asked(|app| app).await, (2, 2));
        assert_eq!(asked(|app| app.with_state(())).await, (2, 2));
    }
}
