//! Both calls in one future: `cargo run --bin loop-needs-permit-right-way`
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

/// One permit for each call, whatever it is for.
async fn ask(permits: &Semaphore, what: &str, prompt: u64) -> u64 {
    let _permit = permits.acquire().await.expect("never closed");
    sleep(Duration::from_millis(600 + 400 * (prompt % 2))).await;
    println!("{what} {prompt} answered");
    prompt
}

async fn review_all(at_once: usize) -> usize {
    let permits = Semaphore::new(2);
    stream::iter(0..4)
        .map(async |prompt| {
            // The stream polls this one too, so every permit finds its owner.
            let draft = ask(&permits, "draft", prompt).await;
            ask(&permits, "review", draft).await
        })
        .buffer_unordered(at_once)
        .count()
        .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let reviewed = review_all(4).await;
    println!("{reviewed} drafts reviewed");
    assert_eq!(reviewed, 4, "all of them");
    assert_eq!(start.elapsed().as_secs(), 3, "two calls at any time");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    /// Eight calls, two at once, take 3.6 s.
    #[tokio::test(start_paused = true)]
    async fn four_drafts_and_their_reviews_all_end() {
        let start = Instant::now();
        let all = timeout(Duration::from_mins(1), review_all(4));
        assert_eq!(all.await, Ok(4));
        assert_eq!(start.elapsed(), Duration::from_millis(3600));
    }

    /// It ends with fewer calls at once than permits, as many, and more.
    #[tokio::test(start_paused = true)]
    async fn it_ends_whatever_runs_at_once() {
        for at_once in 1..=8 {
            let all = timeout(Duration::from_mins(1), review_all(at_once));
            assert_eq!(all.await, Ok(4), "{at_once} at once");
        }
    }
}
