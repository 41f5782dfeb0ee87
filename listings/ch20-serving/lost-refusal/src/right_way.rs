//! A refusal that is read: `cargo run --bin lost-refusal-right-way`
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, StatusCode, header::RETRY_AFTER};
use axum::routing::post;
use bytes::Bytes;
use futures::TryStreamExt;
use loopback::Server;
use std::error::Error;
use std::time::Duration;
use tokio::time::timeout;

/// A prompt with a picture or two in it.
const PROMPT: usize = 8 << 20;

/// More than that isn't read for the sake of a refusal, nor for longer.
const MOST: usize = 16 << 20;
const LONGEST: Duration = Duration::from_secs(5);

type Refusal = (StatusCode, [(HeaderName, &'static str); 1]);

/// Reads a body and forgets it, piece by piece, up to both limits.
async fn drain(body: Body) -> Result<(), axum::Error> {
    let mut pieces = body.into_data_stream();
    let mut read = 0;
    while let Some(piece) = pieces.try_next().await? {
        read += piece.len();
        if read > MOST {
            break;
        }
    }
    Ok(())
}

/// Refuses as soon as the client is ready to listen.
async fn answer(body: Body) -> Refusal {
    // If it comes to nothing, the refusal goes out as it did before.
    let _ = timeout(LONGEST, drain(body)).await;
    (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "20")])
}

/// Sends fifty prompts. Returns how many refusals the client could read.
async fn run() -> Result<usize, Box<dyn Error>> {
    let app = Router::new().route("/", post(answer));
    let server = Server::start(app).await?;
    let client = loopback::client()
        .timeout(Duration::from_secs(10))
        .build()?;
    let prompt = Bytes::from(vec![b'A'; PROMPT]);
    let mut read = 0;
    for _ in 0..50 {
        match client.post(&server.url).body(prompt.clone()).send().await {
            Ok(refused) => read += usize::from(refused.status() == 429),
            // The connection broke while it wrote. It never read the 429.
            Err(error) if error.is_request() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(read)
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let read = run().await?;
    println!("50 prompts refused");
    assert_eq!(read, 50);
    println!("{read} refusals were read");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All of fifty refusals are read.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn all_refusals_are_read() {
        assert_eq!(run().await.expect("the server runs"), 50);
    }
}
