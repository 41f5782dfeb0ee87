//! No token in a branch that is dropped: `cargo run --bin lost-token-right-way`
use futures::{Stream, StreamExt, stream};
use std::error::Error;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, interval_at, sleep, timeout};

const ANSWER: &str = "Take one pill but not with wine, please, or beer";
const SHOWING: Duration = Duration::from_millis(100);
const STATUS: Duration = Duration::from_millis(230);
const IDLE: Duration = Duration::from_secs(30); // of the model
const PAGE: Duration = Duration::from_secs(20); // that neither takes nor goes
const WORD: Duration = Duration::from_secs(10); // to show one

/// Passes tokens on, and says now and then that it is at work.
async fn relay(
    tokens: impl Stream<Item = &'static str>,
    page: Sender<&'static str>,
) -> Result<(), Box<dyn Error>> {
    let mut status = interval_at(Instant::now() + STATUS, STATUS);
    let mut tokens = pin!(tokens);
    // Outside the loop, so that no branch of `select!` ever drops it.
    let mut passing_on = pin!(async {
        loop {
            let next = timeout(IDLE, tokens.next()).await;
            let Some(token) = next.map_err(|_| "the model is silent")? else {
                return Ok(());
            };
            // The error has the token that was not taken.
            page.send_timeout(token, PAGE).await?;
        }
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
async fn show(
    mut page: Receiver<&str>,
    showing: Duration,
) -> Result<String, Box<dyn Error>> {
    let mut words = Vec::new();
    while let Some(word) = page.recv().await {
        words.push(word);
        let shown = timeout(WORD, sleep(showing)).await;
        shown.map_err(|_| "the page hangs")?;
    }
    Ok(words.join(" "))
}

async fn run(showing: Duration) -> Result<String, Box<dyn Error>> {
    let (page, words) = mpsc::channel(1);
    // The model is quick: its words wait for the page.
    let tokens = stream::iter(ANSWER.split(' '));
    let (passing_on, page) = (relay(tokens, page), show(words, showing));
    // The first to fail ends the other: `join!` would wait for it.
    let ((), read) = tokio::try_join!(passing_on, page)?;
    Ok(read)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("The model wrote: {ANSWER}");
    let read = run(SHOWING).await?;
    println!("The user reads: {read}");
    assert_eq!(read, ANSWER, "no word is missing");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::error::SendTimeoutError;

    /// A send that no other branch drops loses nothing.
    #[tokio::test(start_paused = true)]
    async fn every_word_is_read() {
        let start = Instant::now();
        assert_eq!(run(SHOWING).await.expect("no errors"), ANSWER);
        assert_eq!(start.elapsed(), SHOWING * 10);
    }

    /// A page that is closed, or takes nothing, is told from the end.
    #[tokio::test(start_paused = true)]
    async fn a_token_that_is_not_taken_comes_back() {
        let (page, words) = mpsc::channel(1);
        let stuck = relay(stream::iter(["Take", "one"]), page).await;
        assert_eq!(unsent(stuck), SendTimeoutError::Timeout("one"));
        drop(words);
        let (page, words) = mpsc::channel(1);
        drop(words);
        let closed = relay(stream::iter(["Take"]), page).await;
        assert_eq!(unsent(closed), SendTimeoutError::Closed("Take"));
    }

    fn unsent(
        end: Result<(), Box<dyn Error>>,
    ) -> SendTimeoutError<&'static str> {
        *end.expect_err("not taken").downcast().expect("by the page")
    }

    /// A page that hangs is given up, and so is a model.
    #[tokio::test(start_paused = true)]
    async fn nothing_is_waited_for_for_ever() {
        let start = Instant::now();
        let hangs = run(Duration::from_hours(1)).await.expect_err("it hangs");
        assert_eq!(hangs.to_string(), "the page hangs");
        assert_eq!(start.elapsed(), WORD);
        let (page, _words) = mpsc::channel(1);
        let silent = relay(stream::pending(), page).await;
        silent.expect_err("no token comes");
        assert_eq!(start.elapsed(), WORD + IDLE);
    }
}
