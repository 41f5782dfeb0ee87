//! An answer shown word by word: `cargo run --bin first-token-right-way`
use futures::{Stream, StreamExt, stream};
use std::pin::pin;
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

/// Shows the answer and says when its first word could be read, if it has one.
/// It has no limit, no errors and no `finish_reason`: the next lessons do.
async fn show() -> Option<Duration> {
    let start = Instant::now();
    println!("Asking the model");
    let mut words = pin!(completion());
    let mut first = None;
    // Each round waits for one word and shows it, then asks for the next.
    while let Some(word) = words.next().await {
        first.get_or_insert(start.elapsed());
        println!("> {word}");
    }
    first
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let first = show().await.expect("this answer has words");
    println!("The whole answer is there");
    assert!(first < FIRST + NEXT * 19, "long before the last word");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer that is streamed is seen when its first word is there, and
    /// is whole no later than before.
    #[tokio::test(start_paused = true)]
    async fn the_first_word_is_seen_after_300_milliseconds() {
        let start = Instant::now();
        assert_eq!(show().await, Some(Duration::from_millis(300)));
        assert_eq!(start.elapsed(), Duration::from_millis(1250));
    }
}
