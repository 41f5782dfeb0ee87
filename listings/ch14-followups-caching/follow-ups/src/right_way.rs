//! Each goes on when it can: `cargo run --bin follow-ups-right-way`
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const AT_ONCE: usize = 3;
const LIMIT: Duration = Duration::from_secs(5); // for each call

#[derive(Debug, PartialEq, thiserror::Error)]
enum Failed {
    #[error("the review of the {0} was refused")]
    Refused(&'static str),
    #[error("no answer on the {0} within {LIMIT:?}")]
    TimedOut(&'static str),
}

/// What is reviewed, and how long each step takes. No reply: it is refused.
#[derive(Clone, Copy)]
struct Review {
    of: &'static str,
    summary_ms: u64,
    reply_ms: Option<u64>,
}

#[rustfmt::skip] // a table
const REVIEWS: [Review; 4] = [
    Review { of: "lamp", summary_ms: 300, reply_ms: None },
    Review { of: "kettle", summary_ms: 1500, reply_ms: Some(800) },
    Review { of: "toaster", summary_ms: 450, reply_ms: Some(1600) },
    Review { of: "grinder", summary_ms: 900, reply_ms: Some(600) },
];

async fn summarise(review: &Review) -> Result<String, Failed> {
    println!("Summarising {}", review.of);
    sleep(Duration::from_millis(review.summary_ms)).await;
    if review.reply_ms.is_none() {
        println!("Refused: {}", review.of);
        return Err(Failed::Refused(review.of));
    }
    println!("Summary of {}", review.of);
    Ok(format!("summary of {}", review.of))
}

async fn reply(review: &Review, summary: &str) -> Result<String, Failed> {
    println!("Replying on {}", review.of);
    let ms = review.reply_ms.ok_or(Failed::Refused(review.of))?;
    sleep(Duration::from_millis(ms)).await;
    println!("Reply on {}", review.of);
    Ok(format!("reply to the {summary}"))
}

/// Both steps of one review: the second waits for its own first, no other.
async fn summarise_and_reply(review: &Review) -> Result<String, Failed> {
    let late = |_| Failed::TimedOut(review.of);
    // Each `?` ends this chain, and no other.
    let summary = timeout(LIMIT, summarise(review)).await.map_err(late)??;
    timeout(LIMIT, reply(review, &summary))
        .await
        .map_err(late)?
}

async fn reply_to_all(reviews: &[Review]) -> Vec<Result<String, Failed>> {
    // So many chains under way, and so at most as many calls.
    let chains = stream::iter(reviews).map(summarise_and_reply);
    chains.buffer_unordered(AT_ONCE).collect().await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let replies = reply_to_all(&REVIEWS).await;
    let sent = replies.iter().flatten().count();
    println!("{sent} of 4 replies");
    assert_eq!(sent, 3, "one review is refused");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(3), "no chain waits for another");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chains side by side take as long as the longest chain: 2.3 s.
    #[tokio::test(start_paused = true)]
    async fn chains_take_as_long_as_the_longest() {
        let start = Instant::now();
        let replies = reply_to_all(&REVIEWS).await;
        assert_eq!(start.elapsed(), Duration::from_millis(2300));
        assert_eq!(replies[0], Err(Failed::Refused("lamp")));
        assert_eq!(replies.iter().flatten().count(), 3);
    }

    /// A reply that hangs ends at its limit, and the other is there.
    #[tokio::test(start_paused = true)]
    async fn a_reply_that_hangs_ends_its_own_chain() {
        let (of, summary_ms, reply_ms) = ("urn", 1000, Some(3_600_000));
        let hangs = Review {
            of,
            summary_ms,
            reply_ms,
        };
        let replies = reply_to_all(&[hangs, REVIEWS[1]]).await;
        assert!(replies[0].is_ok());
        assert_eq!(replies[1], Err(Failed::TimedOut("urn")));
    }
}
