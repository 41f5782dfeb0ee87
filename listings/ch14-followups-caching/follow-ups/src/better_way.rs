//! Bounded, and one may fail: `cargo run --bin follow-ups-better-way`
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the review of the {0} was refused")]
struct Refused(&'static str);

/// What is reviewed, and how long each step takes. No reply: it is refused.
type Review = (&'static str, u64, Option<u64>);
const REVIEWS: [Review; 4] = [
    ("kettle", 3000, Some(1000)),
    ("toaster", 800, Some(3000)),
    ("grinder", 2000, Some(1500)),
    ("kettle again", 400, None),
];
const AT_ONCE: usize = 3;

async fn summarise((of, ms, reply): &Review) -> Result<String, Refused> {
    println!("Summarising {of}");
    sleep(Duration::from_millis(*ms)).await;
    if reply.is_none() {
        return Err(Refused(of));
    }
    println!("Summary of {of}");
    Ok(format!("summary of {of}"))
}

async fn reply((of, _, ms): &Review, summary: &str) -> String {
    println!("Replying on {of}");
    sleep(Duration::from_millis(ms.unwrap_or_default())).await;
    println!("Reply on {of}");
    format!("reply to the {summary}")
}

async fn summarise_and_reply(review: &Review) -> Result<String, Refused> {
    // `?` ends this chain, and no other.
    let summary = summarise(review).await?;
    Ok(reply(review, &summary).await)
}

async fn reply_to_all(reviews: &[Review]) -> Vec<Result<String, Refused>> {
    stream::iter(reviews)
        .map(summarise_and_reply)
        .buffer_unordered(AT_ONCE) // chains under way, and so calls
        .inspect(|result| match result {
            Ok(reply) => println!("Sent the {reply}"),
            Err(refused) => println!("Failed: {refused}"),
        })
        .collect()
        .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let results = reply_to_all(&REVIEWS).await;
    let sent = results.iter().filter(|result| result.is_ok()).count();
    let took = start.elapsed();
    println!("{sent} of 4 sent after {:.1} s", took.as_secs_f64());
    assert_eq!((sent, took.as_secs()), (3, 4), "one of four is refused");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A refused review costs its own reply, and the others are sent in 4 s.
    #[tokio::test(start_paused = true)]
    async fn three_of_four_chains_end_in_four_seconds() {
        let start = Instant::now();
        let results = reply_to_all(&REVIEWS).await;
        assert_eq!(start.elapsed(), Duration::from_secs(4));
        assert_eq!(results[2], Err(Refused("kettle again")), "at 3.9 s");
        assert_eq!(results.iter().filter(|r| r.is_ok()).count(), 3);
    }
}
