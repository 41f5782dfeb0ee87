//! Each goes on when it can: `cargo run --bin follow-ups-right-way`
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

/// Both steps of one review: the second waits for its own first, no other.
async fn summarise_and_reply(review: &Review) -> String {
    let summary = summarise(review).await;
    reply(review, &summary).await
}

async fn reply_to_all(reviews: &[Review]) -> Vec<String> {
    join_all(reviews.iter().map(summarise_and_reply)).await
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
    assert_eq!(took.as_secs(), 4, "as long as the longest chain");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chains side by side take as long as the longest chain.
    #[tokio::test(start_paused = true)]
    async fn three_chains_take_four_seconds() {
        let start = Instant::now();
        let replies = reply_to_all(&REVIEWS).await;
        assert_eq!(start.elapsed(), Duration::from_secs(4));
        assert_eq!(replies[0], "reply to the summary of kettle");
    }

    /// One chain alone has nothing to overlap with.
    #[tokio::test(start_paused = true)]
    async fn one_chain_is_the_sum_of_its_steps() {
        let start = Instant::now();
        reply_to_all(&REVIEWS[1..2]).await;
        assert_eq!(start.elapsed(), Duration::from_millis(3800));
    }
}
