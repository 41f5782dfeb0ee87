//! No attempt without a chance: `cargo run --bin deadline-better-way`
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no answer after {0} attempts")]
struct GaveUp(u32);

const PROMISED: Duration = Duration::from_millis(2800);
const PER_ATTEMPT: Duration = Duration::from_millis(900);
const ATTEMPTS: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(300);
const LONGEST_WAIT: Duration = Duration::from_secs(3);
/// Half of all answers are there by then (p50). With less time an attempt fails
/// more often than not, and may be billed all the same.
const USUAL: Duration = Duration::from_millis(700);

/// A server that accepts each request and answers none in time. It is told
/// how long somebody waits for its answer, and that is never too short.
async fn chat(attempt: u32, left: Duration) -> &'static str {
    println!("Attempt {attempt} begins");
    assert!(left >= USUAL, "an attempt that will hardly end: {left:?}");
    sleep(Duration::from_mins(1)).await;
    "Hello"
}

fn pause(failures: u32, rng: &mut impl Rng) -> Duration {
    let doubled = FIRST_WAIT * 2_u32.saturating_pow(failures - 1);
    doubled
        .min(LONGEST_WAIT)
        .mul_f64(rng.random_range(0.5..1.0))
}

async fn ask(
    deadline: Instant,
    rng: &mut impl Rng,
) -> Result<&'static str, GaveUp> {
    let (mut attempt, mut begin) = (0, Instant::now());
    // Known before the wait: what would be left after it is too little.
    while attempt < ATTEMPTS && begin + USUAL <= deadline {
        sleep_until(begin).await;
        let now = Instant::now();
        // What is left of the whole, if that is less than its own limit.
        let limit = deadline.min(now + PER_ATTEMPT);
        if limit - now < USUAL {
            break; // we woke late
        }
        attempt += 1;
        let call = chat(attempt, limit - now);
        if let Ok(answer) = timeout_at(limit, call).await {
            return Ok(answer);
        }
        println!("Attempt {attempt} timed out");
        begin = Instant::now() + pause(attempt, rng);
    }
    Err(GaveUp(attempt))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let start = Instant::now();
    let answer = ask(start + PROMISED, &mut rng).await;
    println!("In the end: {answer:?}");
    assert_eq!(answer, Err(GaveUp(2)), "a third would hardly have ended");
    assert!(start.elapsed() < PROMISED, "known before the deadline");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    async fn asked(seed: u64, promised: Duration) -> (u32, Duration) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let start = Instant::now();
        let GaveUp(attempts) = ask(start + promised, &mut rng)
            .await
            .expect_err("the server answers none");
        (attempts, start.elapsed())
    }

    /// A third attempt is not begun, whatever the dice say: it is over after
    /// two limits and one wait.
    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_will_hardly_end_is_not_begun() {
        for seed in 0..100 {
            let (attempts, took) = asked(seed, PROMISED).await;
            assert_eq!(attempts, 2);
            assert!(took <= PER_ATTEMPT * 2 + FIRST_WAIT, "{took:?}");
        }
    }

    /// A second attempt was planned. But the program wakes a second and a half
    /// late, when it has no chance any more.
    #[tokio::test(start_paused = true)]
    async fn after_a_late_wake_up_it_looks_again() {
        let late = async {
            sleep(PER_ATTEMPT + Duration::from_millis(50)).await;
            advance(Duration::from_millis(1500)).await;
        };
        let ((attempts, _), ()) = tokio::join!(asked(0, PROMISED), late);
        assert_eq!(attempts, 1);
    }

    /// With any deadline it is over by then, and `chat` is never begun with
    /// too little time.
    #[tokio::test(start_paused = true)]
    async fn the_last_attempt_gets_what_is_left() {
        let mut ended_with_the_deadline = 0;
        for promised in (1000..6000).step_by(7).map(Duration::from_millis) {
            let (attempts, took) = asked(0, promised).await;
            assert!((1..=ATTEMPTS).contains(&attempts) && took <= promised);
            ended_with_the_deadline += u32::from(took == promised);
        }
        assert!(ended_with_the_deadline > 50, "{ended_with_the_deadline}");
    }
}
