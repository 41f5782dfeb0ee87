//! A model that talks to nobody: `cargo run --bin reader-gone-wrong-way`
use futures::StreamExt;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_stream::wrappers::ReceiverStream;

const TOKENS: u32 = 100;
const PACE: Duration = Duration::from_millis(20);

/// Starts a completion: its tokens, and a task that knows how many it has
/// generated.
fn completion() -> (ReceiverStream<u32>, JoinHandle<u32>) {
    let (tokens, reader) = mpsc::channel(2);
    let model = tokio::spawn(async move {
        println!("Model writes");
        let start = Instant::now();
        for token in 1..=TOKENS {
            sleep_until(start + PACE * token).await;
            // The error would say that the receiver was dropped.
            let _ = tokens.send(token).await;
        }
        println!("Model is done");
        TOKENS
    });
    (ReceiverStream::new(reader), model)
}

/// A user reads three tokens and closes the page.
async fn visit() -> u32 {
    let (tokens, model) = completion();
    println!("User reads");
    let read: Vec<u32> = tokens.take(3).collect().await;
    println!("User has read {} tokens and leaves", read.len());
    model.await.expect("the model does not panic")
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let generated = visit().await;
    println!("{generated} tokens are generated");
    assert_eq!(generated, TOKENS, "nobody told the model");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A producer that ignores the error of `send` goes on to the end.
    #[tokio::test(start_paused = true)]
    async fn a_hundred_tokens_are_generated() {
        let start = Instant::now();
        assert_eq!(visit().await, 100);
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
