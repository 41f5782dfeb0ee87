//! A queue that nobody sees: `cargo run --bin stream-limit-wrong-way`
use axum::Router;
use axum::routing::post;
use futures::stream::{FuturesUnordered, StreamExt};
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use reqwest::Client;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::sleep;

/// Every call takes so long, however many there are.
const CALL: Duration = Duration::from_secs(2);
/// No call should take longer.
const LIMIT: Duration = Duration::from_secs(5);

/// Calls that the provider has begun to answer.
static BEGUN: AtomicUsize = AtomicUsize::new(0);

async fn answer() -> &'static str {
    BEGUN.fetch_add(1, Relaxed);
    sleep(CALL).await;
    "Four"
}

/// Serves HTTP/2, with a limit of 10 streams at once on a connection.
async fn serve() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = Router::new().route("/", post(answer));
    tokio::spawn(async move {
        while let Ok((line, _)) = listener.accept().await {
            let app = TowerToHyperService::new(app.clone());
            let connection = http2::Builder::new(TokioExecutor::new())
                .max_concurrent_streams(10)
                .serve_connection(TokioIo::new(line), app);
            tokio::spawn(connection);
        }
    });
    Ok(address)
}

async fn ask(client: &Client, url: &str) -> reqwest::Result<String> {
    // Its limit runs from here on: also while the call waits for a stream.
    let request = client.post(url).timeout(LIMIT).body("Twice two?");
    request.send().await?.error_for_status()?.text().await
}

/// Asks 30 times at once. Returns how many were answered and how many late.
async fn run() -> Result<(usize, usize), Box<dyn Error>> {
    let url = format!("http://{}/", serve().await?);
    let client = loopback::client().http2_prior_knowledge().build()?;
    let (mut answered, mut late) = (0, 0);
    let mut calls: FuturesUnordered<_> =
        (0..30).map(|_| ask(&client, &url)).collect();
    while let Some(call) = calls.next().await {
        match call {
            Ok(_) => answered += 1,
            Err(error) if error.is_timeout() => late += 1,
            Err(error) => return Err(error.into()),
        }
        match (answered, late) {
            (10 | 20, 0) => println!("{answered} answered"),
            (_, 10) => println!("{late} timed out"),
            _ => {}
        }
    }
    Ok((answered, late))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (answered, late) = run().await?;
    println!("{} begun by the provider", BEGUN.load(Relaxed));
    assert_eq!((answered, late), (20, 10));
    assert_eq!(BEGUN.load(Relaxed), 30, "those too that nobody waits for");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 30 calls under a limit of 10 streams are served in three steps, and
    /// the third is too late.
    #[tokio::test(start_paused = true)]
    async fn ten_calls_time_out_in_a_queue() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert_eq!(run().await.expect("the server runs"), (20, 10));
        assert_eq!(BEGUN.load(Relaxed), 30);
    }
}
