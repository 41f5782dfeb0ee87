//! Nobody begins step two early: `cargo run --bin follow-ups-wrong-way`
use futures::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A customer's review, and what the model needs for each of two steps.
struct Review {
    of: &'static str,
    summary_ms: u64,
    reply_ms: u64,
}

#[rustfmt::skip] // a table
const REVIEWS: [Review; 3] = [
    Review { of: "kettle", summary_ms: 3000, reply_ms: 1000 },
    Review { of: "toaster", summary_ms: 800, reply_ms: 3000 },
    Review { of: "grinder", summary_ms: 2000, reply_ms: 1500 },
];

async fn summarise(review: &Review) -> String {
    println!("Summarising {}", review.of);
    sleep(Duration::from_millis(review.summary_ms)).await;
    println!("Summary of {}", review.of);
    format!("summary of {}", review.of)
}

async fn reply(review: &Review, summary: &str) -> String {
    println!("Replying on {}", review.of);
    sleep(Duration::from_millis(review.reply_ms)).await;
    println!("Reply on {}", review.of);
    format!("reply to the {summary}")
}

async fn reply_to_all(reviews: &[Review]) -> Vec<String> {
    // This await is a barrier: it is over when the slowest summary is there.
    let summaries = join_all(reviews.iter().map(summarise)).await;
    let pairs = reviews.iter().zip(&summaries);
    join_all(pairs.map(|(review, summary)| reply(review, summary))).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let replies = reply_to_all(&REVIEWS).await;
    let took = start.elapsed();
    println!(
        "{} replies after {:.1} s",
        replies.len(),
        took.as_secs_f64()
    );
    assert_eq!(took.as_secs(), 6, "slowest summary, then slowest reply");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a barrier, the slowest of each stage add up.
    #[tokio::test(start_paused = true)]
    async fn two_stages_take_six_seconds() {
        let start = Instant::now();
        let replies = reply_to_all(&REVIEWS).await;
        assert_eq!(start.elapsed(), Duration::from_secs(6));
        assert_eq!(replies[0], "reply to the summary of kettle");
    }
}
