//! The same rate, by governor: `cargo run --bin token-bucket-better-way`
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

const BURST: NonZeroU32 = NonZeroU32::new(5).expect("five");

async fn complete(prompt: u64) {
    println!("prompt {prompt} sent");
    sleep(Duration::from_millis(890 + 10 * prompt)).await;
    println!("prompt {prompt} answered");
}

fn limiter(every: Duration) -> DefaultDirectRateLimiter {
    let quota = Quota::with_period(every).expect("longer than nothing");
    RateLimiter::direct(quota.allow_burst(BURST))
}

async fn complete_all(limiter: &DefaultDirectRateLimiter) {
    let mut calls = JoinSet::new();
    for prompt in 0..12 {
        // One waiter at a time: governor has no queue, so several would race.
        limiter.until_ready().await;
        calls.spawn(complete(prompt));
    }
    calls.join_all().await;
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    complete_all(&limiter(Duration::from_secs(1))).await;
    println!("12 requests");
    // Its clock is not tokio's, and may be a hair ahead of it.
    let took = start.elapsed() + Duration::from_millis(50);
    assert_eq!(took.as_secs(), 8, "seven tokens, one call");
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWENTY_MS: Duration = Duration::from_millis(20);

    /// On the real clock, twelve tokens cost at least seven refills.
    #[tokio::test]
    async fn twelve_tokens_cost_at_least_seven_refills() {
        let (start, limiter) = (Instant::now(), limiter(TWENTY_MS));
        for _ in 0..12 {
            limiter.until_ready().await;
        }
        assert!(start.elapsed() >= Duration::from_millis(130), "real time");
    }

    /// Governor waits in real time, while a paused clock stands still.
    #[tokio::test(start_paused = true)]
    async fn a_paused_clock_stands_still_while_governor_waits() {
        let (real, paused) = (std::time::Instant::now(), Instant::now());
        let limiter = limiter(TWENTY_MS);
        for _ in 0..6 {
            limiter.until_ready().await;
        }
        assert!(real.elapsed() >= Duration::from_millis(15));
        assert_eq!(paused.elapsed(), Duration::ZERO);
    }
}
