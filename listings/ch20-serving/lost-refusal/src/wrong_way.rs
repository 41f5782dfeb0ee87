//! A refusal that gets lost: `cargo run --bin lost-refusal-wrong-way`
use axum::Router;
use axum::http::{HeaderName, StatusCode, header::RETRY_AFTER};
use axum::routing::post;
use loopback::Server;
use std::io::{
    self,
    ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset},
};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A prompt with a picture or two in it.
const PROMPT: usize = 8 << 20;

type Refusal = (StatusCode, [(HeaderName, &'static str); 1]);

/// Refuses, as one over the limit should be: at once, and for nothing.
async fn answer() -> Refusal {
    (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "20")])
}

fn app() -> Router {
    Router::new().route("/", post(answer))
}

/// Writes the whole prompt before it reads, as simple clients do. Whether it
/// could read the refusal.
async fn ask(server: &Server, prompt: &[u8]) -> io::Result<bool> {
    let mut line = TcpStream::connect(server.address).await?;
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
         content-length: {}\r\n\r\n",
        server.address,
        prompt.len(),
    );
    let mut answer = Vec::new();
    let exchange = async {
        line.write_all(head.as_bytes()).await?;
        line.write_all(prompt).await?;
        line.read_to_end(&mut answer).await
    };
    match timeout(Duration::from_secs(30), exchange).await? {
        Ok(_) => Ok(answer.starts_with(b"HTTP/1.1 429")),
        // The connection broke while it wrote. It never read the 429.
        Err(error) => match error.kind() {
            BrokenPipe | ConnectionReset | ConnectionAborted => Ok(false),
            _ => Err(error),
        },
    }
}

/// Sends fifty prompts. Returns how many refusals the client could read.
async fn run() -> io::Result<usize> {
    let server = Server::start(app()).await?;
    let prompt = vec![b'A'; PROMPT];
    let mut read = 0;
    for _ in 0..50 {
        read += usize::from(ask(&server, &prompt).await?);
    }
    Ok(read)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let read = run().await?;
    println!("50 prompts refused");
    println!("{read} refusals were read");
    assert_eq!(read, 0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that writes first reads none of fifty early refusals.
    #[tokio::test]
    async fn all_refusals_are_lost() {
        assert_eq!(run().await.expect("the server runs"), 0);
    }
}
