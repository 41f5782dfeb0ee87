//! A queue without a bound: `cargo run --bin backpressure-wrong-way`
use std::time::Duration;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep};

const WRITING: Duration = Duration::from_millis(20);
const SENDING: Duration = Duration::from_millis(120);
const TOKENS: usize = 20;

/// The model: a token every twenty milliseconds.
async fn write(queue: UnboundedSender<usize>) {
    println!("Model writes");
    for token in 1..=TOKENS {
        sleep(WRITING).await;
        // There is nothing to await here: this queue takes all.
        queue.send(token).expect("the reader stays to the end");
    }
    println!("Model is done");
}

/// A client on a slow line: it takes six times as long to pass a token on.
/// Returns how many were waiting at most.
async fn read(mut queue: UnboundedReceiver<usize>) -> usize {
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
    let (tokens, queue) = mpsc::unbounded_channel();
    tokio::join!(write(tokens), read(queue)).1
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let peak = stream().await;
    println!("{peak} tokens were waiting at most");
    assert!(start.elapsed() >= SENDING * 20, "the client sets the pace");
    assert!(peak > TOKENS / 2, "most of the answer was in memory");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A queue without a bound grows to sixteen of twenty tokens.
    #[tokio::test(start_paused = true)]
    async fn sixteen_tokens_wait() {
        let start = Instant::now();
        assert_eq!(stream().await, 16);
        assert_eq!(start.elapsed(), Duration::from_millis(2420));
    }
}
