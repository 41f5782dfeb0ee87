//! An answer shown when it is whole: `cargo run --bin first-token-wrong-way`
use futures::{Stream, StreamExt, stream};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

const FIRST: Duration = Duration::from_millis(300);
const NEXT: Duration = Duration::from_millis(50);
const ANSWER: &str = "A stream is a sequence of values that arrive over \
                      time, and you use each as soon as it comes.";

/// The model's tokens: the first when it has read the prompt, then one at a
/// time.
fn completion() -> impl Stream<Item = &'static str> {
    let words = ANSWER.split(' ');
    let start = (Instant::now() + FIRST, words);
    stream::unfold(start, |(due, mut words)| async move {
        let token = words.next()?;
        sleep_until(due).await;
        Some((token, (due + NEXT, words)))
    })
}

/// Shows the answer and says when its first word could be read.
async fn show() -> Duration {
    let start = Instant::now();
    println!("Asking the model");
    // The words are here one by one, and nobody sees them yet.
    let words: Vec<&str> = completion().collect().await;
    let first = start.elapsed();
    for word in words {
        println!("> {word}");
    }
    first
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let first = show().await;
    println!("The whole answer is there");
    assert!(first >= FIRST + NEXT * 19, "no sooner than the last word");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer that is collected first is seen when its last word is there.
    #[tokio::test(start_paused = true)]
    async fn the_first_word_is_seen_after_1250_milliseconds() {
        let start = Instant::now();
        assert_eq!(show().await, Duration::from_millis(1250));
        assert_eq!(start.elapsed(), Duration::from_millis(1250));
    }
}
