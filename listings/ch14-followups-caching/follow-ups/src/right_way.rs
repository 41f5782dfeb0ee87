//! Each goes on when it can: `cargo run --bin follow-ups-right-way`
use futures::stream::{self, Stream, StreamExt};
use std::time::Duration;
use tokio::time::{Instant, error::Elapsed, sleep, timeout};

const AT_ONCE: usize = 4;
const LIMIT: Duration = Duration::from_secs(5); // for each call

#[derive(Debug, PartialEq, thiserror::Error)]
enum Reason {
    #[error("the review was refused")]
    Refused,
    #[error("no answer within {LIMIT:?}")]
    TimedOut(#[from] Elapsed),
}

#[derive(Debug, PartialEq, thiserror::Error)]
enum Failed {
    #[error("no summary: {0}")]
    Summary(Reason),
    /// The summary is paid for: a second try need only ask for the reply.
    #[error("no reply: {why}")]
    Reply { summary: String, why: Reason },
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
    Review { of: "grinder", summary_ms: 900, reply_ms: Some(1000) },
];

async fn summarise(review: &Review) -> Result<String, Reason> {
    println!("Summarising {}", review.of);
    sleep(Duration::from_millis(review.summary_ms)).await;
    if review.reply_ms.is_none() {
        println!("Refused: {}", review.of);
        return Err(Reason::Refused);
    }
    println!("Summary of {}", review.of);
    Ok(format!("summary of {}", review.of))
}

async fn reply(review: &Review, summary: &str) -> Result<String, Reason> {
    println!("Replying on {}", review.of);
    let ms = review.reply_ms.ok_or(Reason::Refused)?;
    sleep(Duration::from_millis(ms)).await;
    println!("Reply on {}", review.of);
    Ok(format!("reply to the {summary}"))
}

/// Both steps of one review: the second waits for its own first, no other.
async fn summarise_and_reply(review: &Review) -> Result<String, Failed> {
    let late = |late: Elapsed| Err(late.into());
    // An error ends this chain, and no other.
    let summary = timeout(LIMIT, summarise(review)).await;
    let summary = summary.unwrap_or_else(late).map_err(Failed::Summary)?;
    let answer = timeout(LIMIT, reply(review, &summary)).await;
    let answer = answer.unwrap_or_else(late);
    answer.map_err(|why| Failed::Reply { summary, why })
}

/// What came of a review, with what it is about.
type Answer = (&'static str, Result<String, Failed>);

/// In the order in which they're ready. A caller that takes them one by one
/// and gives up halfway keeps those that are paid for.
fn reply_to_all(reviews: &[Review]) -> impl Stream<Item = Answer> + '_ {
    stream::iter(reviews)
        .map(async |review| (review.of, summarise_and_reply(review).await))
        // So many chains under way, and at most as many calls. A fifth would
        // wait until one of them has ended.
        .buffer_unordered(AT_ONCE)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let replies: Vec<Answer> = reply_to_all(&REVIEWS).collect().await;
    let sent = replies.iter().filter(|(_, reply)| reply.is_ok()).count();
    println!("{sent} of 4 replies");
    assert_eq!(sent, 3, "one review is refused");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(3), "all four at once");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;

    /// Chains side by side take as long as the longest chain: 2.3 s.
    #[tokio::test(start_paused = true)]
    async fn chains_take_as_long_as_the_longest() {
        let start = Instant::now();
        let replies: Vec<Answer> = reply_to_all(&REVIEWS).collect().await;
        assert_eq!(start.elapsed(), Duration::from_millis(2300));
        let refused = Err(Failed::Summary(Reason::Refused));
        assert_eq!(replies[0], ("lamp", refused));
        for (of, reply) in &replies[1..] {
            let expected = format!("reply to the summary of {of}");
            assert_eq!(reply.as_ref(), Ok(&expected));
        }
    }

    /// A reply that hangs ends at its limit, with the summary that is paid
    /// for; the other is there.
    #[tokio::test(start_paused = true)]
    async fn a_reply_that_hangs_ends_its_own_chain() {
        let (of, summary_ms, reply_ms) = ("urn", 1000, Some(3_600_000));
        let hangs = Review {
            of,
            summary_ms,
            reply_ms,
        };
        let reviews = [hangs, REVIEWS[1]];
        let replies: Vec<Answer> = reply_to_all(&reviews).collect().await;
        assert!(matches!(&replies[0], ("kettle", Ok(_))));
        let ("urn", Err(Failed::Reply { summary, why })) = &replies[1] else {
            panic!("the urn's reply hangs: {replies:?}");
        };
        assert_eq!(summary, "summary of urn");
        assert!(matches!(why, Reason::TimedOut(_)));
    }

    /// A caller that gives up at 2.2 s has the three answers of that time.
    #[tokio::test(start_paused = true)]
    async fn what_was_answered_survives_a_deadline() {
        let mut answered = Vec::new();
        let all = async {
            let mut replies = pin!(reply_to_all(&REVIEWS));
            while let Some((of, _)) = replies.next().await {
                answered.push(of);
            }
        };
        let end = timeout(Duration::from_millis(2200), all).await;
        end.expect_err("it takes 2.3 s");
        assert_eq!(answered, ["lamp", "grinder", "toaster"]);
    }
}
