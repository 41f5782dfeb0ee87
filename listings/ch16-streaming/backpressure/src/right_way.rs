//! A queue for two tokens: `cargo run --bin backpressure-right-way`
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep};

const WRITING: Duration = Duration::from_millis(20);
const SENDING: Duration = Duration::from_millis(120);
const TOKENS: usize = 20;
const ROOM: usize = 2;

/// The model: a token every twenty milliseconds.
async fn write(queue: Sender<usize>) {
    println!("Model writes");
    for token in 1..=TOKENS {
        sleep(WRITING).await;
        // Where the queue is full, the model waits for the client.
        queue.send(token).await.expect("the reader stays");
    }
    println!("Model is done");
}

/// A client on a slow line: it takes six times as long to pass a token on.
/// Returns how many were waiting at most.
async fn read(mut queue: Receiver<usize>) -> usize {
    println!("Client reads");
    let mut peak = 0;
    while let Some(_token) = queue.recv().await {
        peak = peak.max(queue.len() + 1); // and the one in hand
        sleep(SENDING).await;
    }
    println!("Client is done");
    peak
}

async fn stream() -> usize {
    let (tokens, queue) = mpsc::channel(ROOM);
    tokio::join!(write(tokens), read(queue)).1
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let peak = stream().await;
    println!("{peak} tokens were waiting at most");
    assert!(start.elapsed() >= SENDING * 20, "the client sets the pace");
    assert!(peak <= ROOM, "the queue has room for no more");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue for two holds two, and the client is done no later.
    #[tokio::test(start_paused = true)]
    async fn two_tokens_wait() {
        let start = Instant::now();
        assert_eq!(stream().await, 2);
        assert_eq!(start.elapsed(), Duration::from_millis(2420));
    }
}
