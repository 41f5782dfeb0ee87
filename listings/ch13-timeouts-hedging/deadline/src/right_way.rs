//! One deadline over all of it: `cargo run --bin deadline-right-way`
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout, timeout_at};

#[derive(Debug, PartialEq, thiserror::Error)]
enum AskError {
    #[error("no answer after {0} attempts")]
    GaveUp(u32),
    #[error("no answer by the deadline")]
    OutOfTime,
}

const PROMISED: Duration = Duration::from_millis(2800);
const PER_ATTEMPT: Duration = Duration::from_millis(900);
const ATTEMPTS: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(300);
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// A server that accepts each request and answers none in time.
async fn chat(attempt: u32) -> &'static str {
    println!("Attempt {attempt} begins");
    sleep(Duration::from_mins(1)).await;
    "Hello"
}

fn pause(failures: u32, rng: &mut impl Rng) -> Duration {
    let doubled = FIRST_WAIT * 2_u32.saturating_pow(failures - 1);
    doubled
        .min(LONGEST_WAIT)
        .mul_f64(rng.random_range(0.5..1.0))
}

async fn attempts(rng: &mut impl Rng) -> Result<&'static str, AskError> {
    for attempt in 1..=ATTEMPTS {
        if let Ok(answer) = timeout(PER_ATTEMPT, chat(attempt)).await {
            return Ok(answer);
        }
        println!("Attempt {attempt} timed out");
        if attempt < ATTEMPTS {
            sleep(pause(attempt, rng)).await;
        }
    }
    Err(AskError::GaveUp(ATTEMPTS))
}

async fn ask(
    deadline: Instant,
    rng: &mut impl Rng,
) -> Result<&'static str, AskError> {
    // Whatever is under way then is dropped: an attempt as well as a wait.
    let answer = timeout_at(deadline, attempts(rng)).await;
    answer.unwrap_or(Err(AskError::OutOfTime))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let start = Instant::now();
    let answer = ask(start + PROMISED, &mut rng).await;
    println!("In the end: {answer:?}");
    assert_eq!(answer, Err(AskError::OutOfTime));
    assert!(start.elapsed() >= PROMISED, "no sooner, and hardly later");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With any dice, it is over at the deadline, to the millisecond: within
    /// the first wait, which begins at 0.9 s and lasts 0.15 s at least, as well
    /// as within the third attempt.
    #[tokio::test(start_paused = true)]
    async fn the_deadline_ends_attempts_and_waits() {
        for promised in [Duration::from_secs(1), PROMISED] {
            for seed in 0..100 {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                let start = Instant::now();
                let answer = ask(start + promised, &mut rng).await;
                assert_eq!(answer, Err(AskError::OutOfTime));
                assert_eq!(start.elapsed(), promised);
            }
        }
    }

    /// With time to spare, four attempts are all there are.
    #[tokio::test(start_paused = true)]
    async fn attempts_have_a_bound_of_their_own() {
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let start = Instant::now();
        let answer = ask(start + Duration::from_mins(1), &mut rng).await;
        assert_eq!(answer, Err(AskError::GaveUp(4)));
        assert!(start.elapsed() < Duration::from_millis(5700));
    }
}
