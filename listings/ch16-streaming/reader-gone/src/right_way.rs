//! A model that notices: `cargo run --bin reader-gone-right-way`
use futures::StreamExt;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_stream::wrappers::ReceiverStream;

const TOKENS: u32 = 100;
const PACE: Duration = Duration::from_millis(20);

/// Starts a completion: its tokens, and a task that knows how many were
/// generated, which is what is billed.
fn completion() -> (ReceiverStream<u32>, JoinHandle<u32>) {
    let (tokens, reader) = mpsc::channel(2);
    let model = tokio::spawn(async move {
        println!("Model writes");
        let start = Instant::now();
        for token in 1..=TOKENS {
            sleep_until(start + PACE * token).await;
            // An error means that the receiver was dropped.
            if tokens.send(token).await.is_err() {
                println!("Model stops, nobody reads");
                return token;
            }
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
    let billed = visit().await;
    println!("{billed} tokens are billed");
    assert_eq!(billed, 4, "three were read, the fourth was refused");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A producer that checks the result of `send` stops at its next token.
    #[tokio::test(start_paused = true)]
    async fn four_tokens_are_billed() {
        let start = Instant::now();
        assert_eq!(visit().await, 4);
        assert_eq!(start.elapsed(), Duration::from_millis(80));
    }
}
