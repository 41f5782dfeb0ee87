//! The client closes first: `cargo run --bin idle-timer-right-way`
use reqwest::Client;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

/// The server closes a connection that was silent for so long.
const IDLE: Duration = Duration::from_millis(400);
/// How long the client does something else between two calls.
const PAUSE: Duration = Duration::from_millis(600);

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nFour";

/// Answers request after request, until the line has been idle too long.
async fn answer(mut line: TcpStream) -> io::Result<()> {
    let mut request = [0; 1024]; // ours are short and come in one piece
    while let Ok(read) = timeout(IDLE, line.read(&mut request)).await {
        if read? == 0 {
            return Ok(());
        }
        line.write_all(ANSWER).await?;
    }
    // It is closed, and nobody reads here any more. The news and the next
    // request meet on the way.
    line.readable().await
}

/// Serves, and counts the connections that it accepts.
async fn serve(accepted: Arc<AtomicUsize>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((line, _)) = listener.accept().await {
            accepted.fetch_add(1, Relaxed);
            tokio::spawn(answer(line));
        }
    });
    Ok(address)
}

/// Asks, and reads the answer to its end.
async fn ask(client: &Client, url: &str) -> reqwest::Result<String> {
    let request = client.post(url).body("Twice two?");
    request.send().await?.error_for_status()?.text().await
}

/// Asks six times, with pauses. Returns answers and connections.
async fn run() -> Result<(usize, usize), Box<dyn Error>> {
    let accepted = Arc::new(AtomicUsize::new(0));
    let url = format!("http://{}/", serve(Arc::clone(&accepted)).await?);
    let client = loopback::client()
        // Sooner than the server, by more than the news takes to come.
        .pool_idle_timeout(IDLE / 2)
        .build()?;
    let mut answers = 0;
    for call in 1..=6 {
        let answer = ask(&client, &url).await;
        answers += usize::from(answer.is_ok());
        let how = if answer.is_ok() { "answered" } else { "lost" };
        println!("Call {call} {how}");
        sleep(PAUSE).await;
    }
    Ok((answers, accepted.load(Relaxed)))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (answers, connections) = run().await?;
    println!("{answers} answers over {connections} connections");
    assert_eq!((answers, connections), (6, 6));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No call reuses a connection that the server may be closing.
    #[tokio::test(start_paused = true)]
    async fn every_call_is_answered() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert_eq!(run().await.expect("the server runs"), (6, 6));
    }
}
