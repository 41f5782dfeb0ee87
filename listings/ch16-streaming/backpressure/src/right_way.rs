//! A queue for two tokens: `cargo run --bin backpressure-right-way`
use std::cell::Cell;
use std::time::Duration;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep};

const WRITING: Duration = Duration::from_millis(20);
const SENDING: Duration = Duration::from_millis(110);
const TOKENS: usize = 20;
const ROOM: usize = 2;
const READER: Duration = Duration::from_secs(30);
type Stuck = SendTimeoutError<usize>; // with the token that was not sent

/// How many tokens are in memory: written, and not yet passed on.
#[derive(Default)]
struct Memory {
    now: Cell<usize>,
    peak: Cell<usize>,
}

impl Memory {
    fn written(&self) {
        self.now.set(self.now.get() + 1);
        self.peak.set(self.peak.get().max(self.now.get()));
    }

    fn passed_on(&self) {
        self.now.set(self.now.get() - 1);
    }
}

/// The model: a token every twenty milliseconds.
async fn write(queue: Sender<usize>, memory: &Memory) -> Result<(), Stuck> {
    println!("Model writes");
    for token in 1..=TOKENS {
        sleep(WRITING).await;
        memory.written();
        // When the queue is full, the model waits for the client: not for one
        // that has gone, and not for ever for one that neither reads nor goes.
        queue.send_timeout(token, READER).await?;
    }
    println!("Model is done");
    Ok(())
}

/// A client on a slow line: it takes far longer to pass a token on.
async fn read(mut queue: Receiver<usize>, memory: &Memory) {
    println!("Client reads");
    while let Some(_token) = queue.recv().await {
        sleep(SENDING).await;
        memory.passed_on();
    }
    println!("Client is done");
}

/// Returns the most tokens that were in memory at once.
async fn stream() -> Result<usize, Stuck> {
    let memory = Memory::default();
    let (tokens, queue) = mpsc::channel(ROOM);
    let (written, ()) =
        tokio::join!(write(tokens, &memory), read(queue, &memory));
    written?;
    Ok(memory.peak.get())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Stuck> {
    let start = Instant::now();
    let peak = stream().await?;
    println!("{peak} tokens were in memory at most");
    assert!(start.elapsed() >= SENDING * 20, "the client sets the pace");
    assert!(peak <= ROOM + 2, "the queue, and one in the hand of each");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tokens are in the queue, one is in the model's hand and one in the
    /// client's. The client is done no later.
    #[tokio::test(start_paused = true)]
    async fn four_tokens_are_in_memory() {
        let start = Instant::now();
        assert_eq!(stream().await, Ok(4));
        assert_eq!(start.elapsed(), Duration::from_millis(2220));
    }

    /// A client that neither reads nor goes is given up after its limit, and
    /// one that has gone at once.
    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_given_up() {
        let (start, memory) = (Instant::now(), Memory::default());
        let (tokens, queue) = mpsc::channel(ROOM);
        let stuck = write(tokens, &memory).await;
        assert_eq!(stuck, Err(SendTimeoutError::Timeout(3)));
        assert_eq!(start.elapsed(), WRITING * 3 + READER);
        drop(queue);
        let (tokens, queue) = mpsc::channel(ROOM);
        drop(queue);
        let gone = write(tokens, &memory).await;
        assert_eq!(gone, Err(SendTimeoutError::Closed(1)));
    }
}
