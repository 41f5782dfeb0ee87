//! The same rate, by governor: `cargo run --bin token-bucket-better-way`
use futures::stream::{self, StreamExt};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const BURST: NonZeroU32 = NonZeroU32::new(5).expect("five");
const AT_ONCE: usize = 8;

async fn complete(prompt: u64) -> u64 {
    println!("prompt {prompt} sent");
    sleep(Duration::from_millis(850 - 150 * (prompt % 5))).await;
    println!("prompt {prompt} answered");
    prompt
}

fn quota(every: Duration) -> Quota {
    let quota = Quota::with_period(every).expect("longer than nothing");
    quota.allow_burst(BURST)
}

async fn complete_all(limiter: &DefaultDirectRateLimiter) -> Vec<u64> {
    stream::iter(0..12)
        // One waiter at a time: governor has no queue, so several would race.
        .then(async |prompt| {
            limiter.until_ready().await;
            prompt
        })
        .map(complete)
        // A rate doesn't bound what is under way. This does.
        .buffer_unordered(AT_ONCE)
        .collect()
        .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let limiter = RateLimiter::direct(quota(Duration::from_secs(1)));
    let completions = complete_all(&limiter).await;
    println!("{} answered", completions.len());
    assert_eq!(completions.len(), 12, "none was refused");
    assert_eq!(start.elapsed().as_secs(), 7, "seven tokens, one call");
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::{Clock, FakeRelativeClock};

    /// On governor's own fake clock, twelve tokens cost exactly seven seconds.
    #[test]
    fn twelve_tokens_cost_seven_seconds() {
        let (clock, every) =
            (FakeRelativeClock::default(), Duration::from_secs(1));
        let limiter =
            RateLimiter::direct_with_clock(quota(every), clock.clone());
        let mut waited = Duration::ZERO;
        for _ in 0..12 {
            while let Err(refused) = limiter.check() {
                let wait = refused.wait_time_from(clock.now());
                clock.advance(wait);
                waited += wait;
            }
        }
        assert_eq!(waited, Duration::from_secs(7));
    }

    /// Tokio's paused clock stands still while governor waits.
    #[tokio::test(start_paused = true)]
    async fn a_paused_clock_stands_still_while_governor_waits() {
        let (real, paused) = (std::time::Instant::now(), Instant::now());
        let limiter = RateLimiter::direct(quota(Duration::from_millis(20)));
        for _ in 0..6 {
            limiter.until_ready().await;
        }
        assert!(real.elapsed() >= Duration::from_millis(15));
        assert_eq!(paused.elapsed(), Duration::ZERO);
    }

    /// However fast the tokens come, only eight calls are under way: the last
    /// begin when others have ended, and all take 1.4 s and not 0.85.
    #[tokio::test(start_paused = true)]
    async fn eight_calls_at_most_are_under_way() {
        let start = Instant::now();
        // Sooner than anybody can ask: governor waits for none of them.
        let limiter = RateLimiter::direct(quota(Duration::from_nanos(1)));
        assert_eq!(complete_all(&limiter).await.len(), 12);
        assert_eq!(start.elapsed(), Duration::from_millis(1400));
    }

    /// More tokens than the bucket holds are an error, without a wait.
    #[test]
    fn what_never_fits_is_an_error_at_once() {
        let limiter = RateLimiter::direct(quota(Duration::from_secs(1)));
        let six = NonZeroU32::new(6).expect("six");
        assert!(limiter.check_n(six).is_err());
        assert_eq!(limiter.check_n(BURST), Ok(Ok(())));
    }
}
