//! No token in a branch that is dropped: `cargo run --bin lost-token-right-way`
use futures::{Stream, StreamExt, stream};
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, interval_at, sleep};

const ANSWER: &str = "Take one pill but not with wine, please, or beer";
const SHOWING: Duration = Duration::from_millis(100);
const STATUS: Duration = Duration::from_millis(230);
const PAGE: Duration = Duration::from_secs(30); // that neither takes nor goes

type Unsent = SendTimeoutError<&'static str>; // with the token

/// Passes tokens on, and says now and then that it is at work.
async fn relay(
    tokens: impl Stream<Item = &'static str>,
    page: Sender<&'static str>,
) -> Result<(), Unsent> {
    let mut status = interval_at(Instant::now() + STATUS, STATUS);
    let mut tokens = pin!(tokens);
    // Outside the loop, so that no branch of `select!` ever drops it.
    let mut passing_on = pin!(async {
        while let Some(token) = tokens.next().await {
            page.send_timeout(token, PAGE).await?;
        }
        Ok(())
    });
    loop {
        tokio::select! {
            end = &mut passing_on => return end,
            // Nothing is awaited in here, since nothing is passed on meanwhile.
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

async fn run() -> Result<String, Unsent> {
    let (page, words) = mpsc::channel(1);
    // The model is quick: its words wait for the page.
    let tokens = stream::iter(ANSWER.split(' '));
    let (end, read) = tokio::join!(relay(tokens, page), show(words));
    end.map(|()| read)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Unsent> {
    println!("The model wrote: {ANSWER}");
    let read = run().await?;
    println!("The user reads: {read}");
    assert_eq!(read, ANSWER, "no word is missing");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A send that no other branch drops loses nothing.
    #[tokio::test(start_paused = true)]
    async fn every_word_is_read() {
        let start = Instant::now();
        assert_eq!(run().await, Ok(ANSWER.to_owned()));
        assert_eq!(start.elapsed(), SHOWING * 10);
    }

    /// A page that is closed, or takes nothing, is told from the end.
    #[tokio::test(start_paused = true)]
    async fn a_token_that_is_not_taken_comes_back() {
        let (page, words) = mpsc::channel(1);
        let stuck = relay(stream::iter(["Take", "one"]), page).await;
        assert_eq!(stuck, Err(SendTimeoutError::Timeout("one")));
        drop(words);
        let (page, words) = mpsc::channel(1);
        drop(words);
        let closed = relay(stream::iter(["Take"]), page).await;
        assert_eq!(closed, Err(SendTimeoutError::Closed("Take")));
    }
}
