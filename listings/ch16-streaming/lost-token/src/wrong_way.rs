//! A token in a branch that is dropped: `cargo run --bin lost-token-wrong-way`
use futures::{Stream, StreamExt, stream};
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, interval_at, sleep};

const ANSWER: &str = "Take one pill but not with wine, please, or beer";
const SHOWING: Duration = Duration::from_millis(100);
const STATUS: Duration = Duration::from_millis(230);

/// Passes tokens on, and says now and then that it is at work.
async fn relay(
    tokens: impl Stream<Item = &'static str>,
    page: Sender<&'static str>,
) {
    let mut status = interval_at(Instant::now() + STATUS, STATUS);
    let mut tokens = pin!(tokens);
    while let Some(token) = tokens.next().await {
        tokio::select! {
            sent = page.send(token) => {
                if sent.is_err() {
                    println!("The page was closed");
                    return;
                }
            }
            // Drops the other branch, and the token that is in it.
            _ = status.tick() => println!("Still passing on"),
        }
    }
}

/// A slow page. Returns what its user reads.
async fn show(mut page: Receiver<&str>) -> String {
    let mut words = Vec::new();
    while let Some(word) = page.recv().await {
        words.push(word);
        sleep(SHOWING).await;
    }
    words.join(" ")
}

async fn run() -> String {
    let (page, words) = mpsc::channel(1);
    // The model is quick: its words wait for the page.
    let tokens = stream::iter(ANSWER.split(' '));
    tokio::join!(relay(tokens, page), show(words)).1
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("The model wrote: {ANSWER}");
    let read = run().await;
    println!("The user reads: {read}");
    assert_eq!(read, "Take one pill but with wine, or beer");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A token is lost whenever the other branch is first.
    #[tokio::test(start_paused = true)]
    async fn two_words_are_lost() {
        assert_eq!(run().await, "Take one pill but with wine, or beer");
    }
}
