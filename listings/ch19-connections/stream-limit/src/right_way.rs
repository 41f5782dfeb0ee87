//! A queue of our own: `cargo run --bin stream-limit-right-way`
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
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// Every call takes so long, however many there are.
const CALL: Duration = Duration::from_millis(800);
/// No call should take longer.
const LIMIT: Duration = Duration::from_secs(2);
/// Nobody should wait longer for a call to begin.
const PATIENCE: Duration = Duration::from_secs(5);

async fn answer() -> &'static str {
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

/// Asks once. At most as many calls are under way as the server has streams.
async fn ask(
    client: &Client,
    url: &str,
    streams: &Semaphore,
) -> Result<String, Box<dyn Error>> {
    // The wait for a stream has a limit of its own.
    let _stream = timeout(PATIENCE, streams.acquire()).await??;
    let request = client.post(url).timeout(LIMIT).body("Twice two?");
    Ok(request.send().await?.error_for_status()?.text().await?)
}

/// Asks 30 times at once. Returns how many were answered.
async fn run() -> Result<usize, Box<dyn Error>> {
    let url = format!("http://{}/", serve().await?);
    let client = loopback::client().http2_prior_knowledge().build()?;
    let streams = Semaphore::new(10);
    let mut answered = 0;
    let mut calls: FuturesUnordered<_> =
        (0..30).map(|_| ask(&client, &url, &streams)).collect();
    while let Some(call) = calls.next().await {
        call?;
        answered += 1;
        if answered % 10 == 0 {
            println!("{answered} answered");
        }
    }
    Ok(answered)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let answered = run().await?;
    assert_eq!(answered, 30);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 30 calls wait on our side for 10 streams, and none is late.
    #[tokio::test]
    async fn thirty_calls_are_answered() {
        assert_eq!(run().await.expect("none is late"), 30);
    }
}
