//! A queue for two tokens: `cargo run --bin backpressure-right-way`
use std::cell::Cell;
use std::error::Error;
use std::time::Duration;
use tokio::sync::mpsc::error::SendError;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, error::Elapsed, sleep, timeout};

const WRITING: Duration = Duration::from_millis(20);
const SENDING: Duration = Duration::from_millis(110);
const TOKENS: usize = 20;
const ROOM: usize = 2;
const PATIENCE: Duration = Duration::from_secs(30);

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
async fn write(
    queue: Sender<usize>,
    memory: &Memory,
) -> Result<(), SendError<usize>> {
    println!("Model writes");
    for token in 1..=TOKENS {
        sleep(WRITING).await;
        memory.written();
        // When the queue is full, the model waits for the client, until `read`
        // gives that up: its end of the queue is dropped, and this wait ends.
        queue.send(token).await?;
    }
    println!("Model is done");
    Ok(())
}

/// A client on a slow line: it takes far longer to pass a token on.
async fn read(
    mut queue: Receiver<usize>,
    sending: Duration,
    memory: &Memory,
) -> Result<(), Elapsed> {
    println!("Client reads");
    while let Some(_token) = queue.recv().await {
        // Not for ever for a client that neither reads nor goes.
        timeout(PATIENCE, sleep(sending)).await?;
        memory.passed_on();
    }
    println!("Client is done");
    Ok(())
}

/// Returns the most tokens that were in memory at once.
async fn stream(sending: Duration) -> Result<usize, Box<dyn Error>> {
    let memory = Memory::default();
    let (tokens, queue) = mpsc::channel(ROOM);
    let model = write(tokens, &memory);
    let client = read(queue, sending, &memory);
    let (written, read) = tokio::join!(model, client);
    read?; // first, since it is why the model couldn't go on
    written?;
    Ok(memory.peak.get())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let peak = stream(SENDING).await?;
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
        assert_eq!(stream(SENDING).await.expect("it is read"), 4);
        assert_eq!(start.elapsed(), Duration::from_millis(2220));
    }

    /// A client that neither reads nor goes is given up after its limit, and
    /// the model with it.
    #[tokio::test(start_paused = true)]
    async fn a_client_that_does_not_read_is_given_up() {
        let start = Instant::now();
        let stuck = stream(Duration::MAX).await.expect_err("nobody reads");
        assert!(stuck.is::<Elapsed>());
        assert_eq!(start.elapsed(), WRITING + PATIENCE);
    }

    /// So is one that stops when the model is done; and the model hears at
    /// once of one that has gone.
    #[tokio::test(start_paused = true)]
    async fn the_last_token_has_the_same_limit() {
        let (start, memory) = (Instant::now(), Memory::default());
        let (tokens, queue) = mpsc::channel(ROOM);
        tokens.send(20).await.expect("there is room");
        drop(tokens);
        assert!(read(queue, Duration::MAX, &memory).await.is_err());
        assert_eq!(start.elapsed(), PATIENCE);
        let (tokens, queue) = mpsc::channel(ROOM);
        drop(queue);
        assert_eq!(write(tokens, &memory).await, Err(SendError(1)));
    }
}
