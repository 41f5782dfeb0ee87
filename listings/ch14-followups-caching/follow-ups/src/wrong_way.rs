//! Nobody begins step two early: `cargo run --bin follow-ups-wrong-way`
use futures::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the review of the {0} was refused")]
struct Refused(&'static str);

/// What is reviewed, and what the model needs for each of two steps.
struct Review {
    of: &'static str,
    summary_ms: u64,
    reply_ms: Option<u64>, // none: the model refuses the review
}

#[rustfmt::skip] // a table
const REVIEWS: [Review; 4] = [
    Review { of: "lamp", summary_ms: 300, reply_ms: None },
    Review { of: "kettle", summary_ms: 1500, reply_ms: Some(800) },
    Review { of: "toaster", summary_ms: 450, reply_ms: Some(1600) },
    Review { of: "grinder", summary_ms: 900, reply_ms: Some(1000) },
];

async fn summarise(review: &Review) -> Result<String, Refused> {
    println!("Summarising {}", review.of);
    sleep(Duration::from_millis(review.summary_ms)).await;
    if review.reply_ms.is_none() {
        println!("Refused: {}", review.of);
        return Err(Refused(review.of));
    }
    println!("Summary of {}", review.of);
    Ok(format!("summary of {}", review.of))
}

async fn reply(review: &Review, summary: &str) -> Result<String, Refused> {
    println!("Replying on {}", review.of);
    let ms = review.reply_ms.ok_or(Refused(review.of))?;
    sleep(Duration::from_millis(ms)).await;
    println!("Reply on {}", review.of);
    Ok(format!("reply to the {summary}"))
}

async fn reply_to_all(reviews: &[Review]) -> Vec<Result<String, Refused>> {
    // This await is a barrier: it is over when the slowest summary is there.
    let summaries = join_all(reviews.iter().map(summarise)).await;
    let pairs = reviews.iter().zip(summaries);
    let replies = pairs.map(|(review, summary)| async move {
        let summary = summary?;
        reply(review, &summary).await
    });
    join_all(replies).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let replies = reply_to_all(&REVIEWS).await;
    let sent = replies.iter().flatten().count();
    println!("{sent} of 4 replies");
    assert_eq!(sent, 3, "one review is refused");
    let slowest = Duration::from_millis(1500 + 1600);
    assert!(start.elapsed() >= slowest, "of each stage, the slowest");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a barrier, the slowest of each stage add up: 3.1 s.
    #[tokio::test(start_paused = true)]
    async fn two_stages_take_the_slowest_of_each() {
        let start = Instant::now();
        let replies = reply_to_all(&REVIEWS).await;
        assert_eq!(start.elapsed(), Duration::from_millis(3100));
        assert_eq!(replies[0], Err(Refused("lamp")));
        assert_eq!(replies.iter().flatten().count(), 3);
    }
}
