//! A loop in its own queue: `cargo run --bin loop-needs-permit-wrong-way`
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::sleep;

/// One permit for each call, whatever it is for.
async fn ask(permits: &Semaphore, what: &str, prompt: u64) -> u64 {
    let _permit = permits.acquire().await.expect("never closed");
    sleep(Duration::from_millis(600 + 400 * (prompt % 2))).await;
    println!("{what} {prompt} answered");
    prompt
}

async fn review_all(at_once: usize) -> u64 {
    let permits = Semaphore::new(2);
    let mut reviewed = 0;
    let mut drafts = stream::iter(0..4)
        .map(|prompt| ask(&permits, "draft", prompt))
        .buffer_unordered(at_once);
    while let Some(draft) = drafts.next().await {
        // The next permit is promised to a draft, which nobody polls now.
        ask(&permits, "review", draft).await;
        reviewed += 1;
    }
    reviewed
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let reviewed = review_all(4).await;
    unreachable!("{reviewed} reviews, though none got a permit");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    /// Four drafts at once and two permits: after a day there is no review.
    #[tokio::test(start_paused = true)]
    async fn the_first_review_waits_for_ever() {
        let day = Duration::from_hours(24);
        assert!(timeout(day, review_all(4)).await.is_err());
    }

    /// With no more drafts at once than permits, the loop ends.
    #[tokio::test(start_paused = true)]
    async fn with_two_drafts_at_once_it_ends() {
        assert_eq!(review_all(2).await, 4);
    }
}
