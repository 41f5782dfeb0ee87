//! Later each time, if that can help: `cargo run --bin backoff-right-way`
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
enum ApiError {
    #[error("401 invalid_api_key")]
    InvalidKey,
    #[error("429 insufficient_quota")]
    InsufficientQuota,
    #[error("503 overloaded")]
    Overloaded,
}

impl ApiError {
    /// Whether the same request may succeed if it is made later.
    fn is_retryable(&self) -> bool {
        match self {
            Self::Overloaded => true,
            Self::InvalidKey | Self::InsufficientQuota => false,
        }
    }
}

type Answer = Result<&'static str, ApiError>;

const ATTEMPTS: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(8);
const OVERLOADED_FOR: Duration = Duration::from_millis(3200);

/// A server that is overloaded when it is first asked.
async fn chat(key: &str, attempt: u32, start: Instant) -> Answer {
    let answer = match key {
        "revoked" => Err(ApiError::InvalidKey),
        "unpaid" => Err(ApiError::InsufficientQuota),
        _ if start.elapsed() < OVERLOADED_FOR => Err(ApiError::Overloaded),
        _ => Ok("Hello"),
    };
    println!("The {key} key, attempt {attempt}: {answer:?}");
    answer
}

/// The plan doubles, up to a bound. Chance takes away up to half of it.
fn pause(failures: u32, rng: &mut impl Rng) -> Duration {
    let doubled = FIRST_WAIT * 2_u32.saturating_pow(failures - 1);
    let plan = doubled.min(LONGEST_WAIT);
    plan.mul_f64(rng.random_range(0.5..1.0))
}

async fn ask(key: &str, rng: &mut impl Rng) -> (Answer, u32) {
    let (start, mut attempt) = (Instant::now(), 1);
    loop {
        let answer = chat(key, attempt, start).await;
        let again = answer.as_ref().is_err_and(ApiError::is_retryable);
        if !again || attempt == ATTEMPTS {
            return (answer, attempt);
        }
        // Longer each time: a server in trouble needs to be left alone.
        sleep(pause(attempt, rng)).await;
        attempt += 1;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Seeded, so that each run of this listing waits for the same times.
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let (refused, revoked) = ask("revoked", &mut rng).await;
    let (answer, good) = ask("good", &mut rng).await;
    println!("{} requests, {answer:?}", revoked + good);
    assert_eq!((refused, answer), (Err(ApiError::InvalidKey), Ok("Hello")));
    assert_eq!((revoked, good), (1, 4), "four to be answered");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With any of a hundred seeds the fourth attempt is answered: it comes
    /// after at least 3.5 s, and the three waits are at most 7 s together.
    #[tokio::test(start_paused = true)]
    async fn the_fourth_attempt_is_answered_whatever_the_seed() {
        for seed in 0..100 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let start = Instant::now();
            assert_eq!(ask("good", &mut rng).await, (Ok("Hello"), 4));
            let took = start.elapsed().as_secs_f64();
            assert!((3.5..=7.003).contains(&took), "seed {seed}: {took}");
        }
    }

    /// A revoked key is sent once, and so is one whose quota is spent.
    #[tokio::test(start_paused = true)]
    async fn a_permanent_error_is_met_once() {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let (revoked, unpaid) = (
            ask("revoked", &mut rng).await,
            ask("unpaid", &mut rng).await,
        );
        assert_eq!(revoked, (Err(ApiError::InvalidKey), 1));
        assert_eq!(unpaid, (Err(ApiError::InsufficientQuota), 1));
    }

    /// After many failures a wait is no longer than its bound.
    #[test]
    fn no_wait_is_longer_than_its_bound() {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        for failures in 4..100 {
            let wait = pause(failures, &mut rng);
            assert!(LONGEST_WAIT / 2 <= wait && wait < LONGEST_WAIT);
        }
    }
}
