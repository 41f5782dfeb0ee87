//! A limit on the whole stream: `cargo run --bin idle-limit-wrong-way`
use futures::{Stream, StreamExt, stream};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

const LIMIT: Duration = Duration::from_secs(3);
const MS: fn(u64) -> Duration = Duration::from_millis;

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("cut off after {} tokens", received.len())]
struct CutOff {
    received: Vec<usize>,
}

/// `tokens` tokens: the first after `first`, then one every `next`.
fn completion(
    first: Duration,
    next: Duration,
    tokens: usize,
) -> impl Stream<Item = usize> {
    let start = (Instant::now() + first, 1);
    stream::unfold(start, move |(due, token)| async move {
        if token > tokens {
            return None;
        }
        sleep_until(due).await;
        Some((token, (due + next, token + 1)))
    })
}

async fn read(tokens: impl Stream<Item = usize>) -> Result<usize, CutOff> {
    let mut received = Vec::new();
    let mut tokens = pin!(tokens);
    let all = async {
        while let Some(token) = tokens.next().await {
            received.push(token);
        }
    };
    // The length of the answer decides whether it is cut off.
    match timeout(LIMIT, all).await {
        Ok(()) => Ok(received.len()),
        Err(_) => Err(CutOff { received }),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Asking for a long answer");
    let answer = read(completion(MS(200), MS(95), 41)).await;
    let error = answer.expect_err("four seconds are more than three");
    println!("Long answer: {error}");
    assert_eq!(error.received.len(), 30, "nothing was wrong with it");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A limit on the whole kills a healthy stream at its thirtieth token.
    #[tokio::test(start_paused = true)]
    async fn a_healthy_stream_is_cut_off_at_token_30() {
        let start = Instant::now();
        let error = read(completion(MS(200), MS(95), 41)).await.unwrap_err();
        assert_eq!(error.received.len(), 30);
        assert_eq!(start.elapsed(), LIMIT);
    }

    /// A stream that stalls after half a second is noticed at the limit.
    #[tokio::test(start_paused = true)]
    async fn a_stall_is_noticed_after_three_seconds() {
        let start = Instant::now();
        let stalled = completion(MS(100), MS(100), 5).chain(stream::pending());
        assert_eq!(read(stalled).await.unwrap_err().received.len(), 5);
        assert_eq!(start.elapsed(), LIMIT);
    }
}
