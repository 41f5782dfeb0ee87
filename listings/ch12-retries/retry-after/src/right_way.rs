//! As late as was asked for: `cargo run --bin retry-after-right-way`
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

#[derive(Debug, PartialEq, thiserror::Error)]
enum AskError {
    #[error("429, Retry-After: {retry_after:?}")]
    RateLimited { retry_after: Option<Duration> },
    #[error("no answer in time")]
    TimedOut,
}

const ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// How long the user can be kept waiting, for attempts and waits together.
const PATIENCE: Duration = Duration::from_secs(20);
/// Then an attempt is given up and made again. Both may be billed.
const PER_ATTEMPT: Duration = Duration::from_secs(8);
/// How long an answer usually takes.
const USUAL: Duration = Duration::from_secs(3);

/// One request in any three seconds, and a refused one counts as well.
const WINDOW: Duration = Duration::from_secs(3);

struct Provider {
    free_at: Instant,
    requests: u32,
    says: Option<Duration>,
    hangs: u32, // requests that are never answered
}

impl Provider {
    /// Your last request was a moment ago.
    fn with_a_spent_limit() -> Self {
        Self {
            free_at: Instant::now() + WINDOW,
            requests: 0,
            says: Some(WINDOW),
            hangs: 0,
        }
    }

    async fn chat(&mut self) -> Result<&'static str, AskError> {
        self.requests += 1;
        if self.requests <= self.hangs {
            std::future::pending::<()>().await;
        }
        let early = Instant::now() < self.free_at;
        self.free_at = Instant::now() + WINDOW;
        if early {
            println!("Request {} refused", self.requests);
            let retry_after = self.says;
            return Err(AskError::RateLimited { retry_after });
        }
        println!("Request {} answered", self.requests);
        Ok("Hello")
    }
}

fn pause(
    failures: u32,
    retry_after: Option<Duration>,
    rng: &mut impl Rng,
) -> Duration {
    let doubled = FIRST_WAIT * 2_u32.saturating_pow(failures - 1);
    let plan = doubled.min(LONGEST_WAIT);
    let jittered = plan.mul_f64(rng.random_range(0.5..1.0));
    // The header is the least. The plan is added, or all that were refused
    // together would return together.
    retry_after.unwrap_or_default().saturating_add(jittered)
}

async fn ask(
    provider: &mut Provider,
    rng: &mut impl Rng,
) -> Result<&'static str, AskError> {
    let (deadline, mut failures) = (Instant::now() + PATIENCE, 0);
    loop {
        // One that hangs must leave time for another, and end by the deadline.
        let limit = deadline.min(Instant::now() + PER_ATTEMPT);
        let answer = timeout_at(limit, provider.chat()).await;
        let answer = answer.unwrap_or(Err(AskError::TimedOut));
        let retry_after = match answer {
            Ok(_) => return answer,
            Err(AskError::RateLimited { retry_after }) => retry_after,
            Err(AskError::TimedOut) => None,
        };
        failures += 1;
        let wait = pause(failures, retry_after, rng);
        // If it says an hour, the user hears so now and not in an hour. Nor is
        // an attempt begun, and paid for, that the deadline would cut off.
        let left = deadline.saturating_duration_since(Instant::now());
        if failures == ATTEMPTS || wait.saturating_add(USUAL) > left {
            return answer;
        }
        sleep(wait).await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut provider = Provider::with_a_spent_limit();
    let answer = ask(&mut provider, &mut rng).await;
    println!("{} requests, {answer:?}", provider.requests);
    assert_eq!(answer, Ok("Hello"));
    assert_eq!(provider.requests, 2, "one refusal, one answer");
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(says: Option<Duration>) -> (bool, u32, Duration) {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let start = Instant::now();
        let mut provider = Provider {
            says,
            ..Provider::with_a_spent_limit()
        };
        let answered = ask(&mut provider, &mut rng).await.is_ok();
        (answered, provider.requests, start.elapsed())
    }

    /// One wait, no shorter than the header says and half a second longer at
    /// most.
    #[tokio::test(start_paused = true)]
    async fn the_second_request_is_answered() {
        let (answered, requests, took) = asked(Some(WINDOW)).await;
        assert!(answered);
        assert_eq!(requests, 2);
        assert!(WINDOW < took && took <= WINDOW + FIRST_WAIT, "{took:?}");
    }

    /// A header that says an hour ends it at once.
    #[tokio::test(start_paused = true)]
    async fn an_hour_is_not_waited_for() {
        for says in [Duration::from_hours(1), Duration::MAX] {
            assert_eq!(asked(Some(says)).await, (false, 1, Duration::ZERO));
        }
    }

    /// Nor is a wait that leaves no time for an answer.
    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_can_t_end_in_time_is_not_begun() {
        let late = PATIENCE.saturating_sub(USUAL);
        assert_eq!(asked(Some(late)).await, (false, 1, Duration::ZERO));
        let early = late.saturating_sub(FIRST_WAIT);
        assert!(asked(Some(early)).await.0);
    }

    async fn hung(hangs: u32, seed: u64) -> (bool, u32, Duration) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let start = Instant::now();
        let mut provider = Provider {
            hangs,
            ..Provider::with_a_spent_limit()
        };
        let answer = ask(&mut provider, &mut rng).await;
        (answer.is_ok(), provider.requests, start.elapsed())
    }

    /// A request that is never answered leaves time for the next.
    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_hangs_is_made_again() {
        let (answered, requests, took) = hung(1, 0).await;
        assert!(answered);
        assert_eq!(requests, 2);
        assert!(PER_ATTEMPT < took && took <= PER_ATTEMPT + FIRST_WAIT);
    }

    /// If none is ever answered, a third attempt is cut off by the deadline, or
    /// not begun.
    #[tokio::test(start_paused = true)]
    async fn all_of_it_is_over_by_the_deadline() {
        let mut cut_off = 0;
        for seed in 0..100 {
            let (answered, requests, took) = hung(u32::MAX, seed).await;
            assert!(!answered && took <= PATIENCE, "{requests}, {took:?}");
            assert_eq!(requests == 3, took == PATIENCE);
            cut_off += u32::from(took == PATIENCE);
        }
        assert!((1..100).contains(&cut_off), "{cut_off}");
    }

    /// Without a header the plan alone decides, up to the last attempt.
    #[tokio::test(start_paused = true)]
    async fn without_a_header_there_are_five_attempts() {
        let (answered, requests, took) = asked(None).await;
        assert_eq!((answered, requests), (false, 5));
        let plan = Duration::from_millis(5500);
        assert!(plan / 2 <= took && took < plan, "{took:?}");
    }
}
