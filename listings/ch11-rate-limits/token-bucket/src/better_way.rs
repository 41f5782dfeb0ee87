//! The same rate, by governor: `cargo run --bin token-bucket-better-way`
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
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

async fn complete_all(
    limiter: &DefaultDirectRateLimiter,
) -> Vec<Result<u64, JoinError>> {
    let (mut calls, mut completions) = (JoinSet::new(), Vec::new());
    for prompt in 0..12 {
        // A rate doesn't bound what is under way. The set does.
        if calls.len() == AT_ONCE {
            completions.extend(calls.join_next().await);
        }
        // One waiter at a time: governor has no queue, so several would race.
        limiter.until_ready().await;
        calls.spawn(complete(prompt));
    }
    while let Some(call) = calls.join_next().await {
        completions.push(call);
    }
    completions
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let limiter = RateLimiter::direct(quota(Duration::from_secs(1)));
    let completions = complete_all(&limiter).await;
    let answered = completions.iter().filter(|call| call.is_ok()).count();
    println!("{answered} of {} answered", completions.len());
    assert_eq!(answered, 12, "none was refused or failed");
    assert_eq!(start.elapsed().as_secs(), 7, "seven tokens, one call");
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::{Clock, FakeRelativeClock};
    use tokio::runtime::Handle;

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

    /// However fast the tokens come, eight calls at most are under way.
    #[tokio::test]
    async fn the_set_bounds_what_is_under_way() {
        let limiter = RateLimiter::direct(quota(Duration::from_millis(1)));
        tokio::select! {
            _ = complete_all(&limiter) => panic!("calls take longer"),
            () = sleep(Duration::from_millis(150)) => {}
        }
        // What was dropped with the set is gone when the runtime runs again.
        let tasks = Handle::current().metrics().num_alive_tasks();
        assert_eq!(tasks, AT_ONCE);
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
