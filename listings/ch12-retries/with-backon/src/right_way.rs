//! A plan with limits: `cargo run --bin with-backon-right-way`
use backon::{ExponentialBuilder, Retryable};
use std::cell::Cell;
use std::time::Duration;
use tokio::time::timeout;

#[derive(Debug, PartialEq, thiserror::Error)]
enum ApiError {
    #[error("401 invalid_api_key")]
    InvalidKey,
    #[error("429, Retry-After: {0:?}")]
    RateLimited(Duration),
    #[error("no answer within {DEADLINE:?}")]
    TimedOut,
}

impl ApiError {
    fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited(_) => true,
            Self::InvalidKey | Self::TimedOut => false,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited(after) => Some(*after),
            Self::InvalidKey | Self::TimedOut => None,
        }
    }
}

/// A limit that resets after the fourth refusal, a key that is revoked, one
/// that is to come back in an hour, and one whose calls hang.
async fn chat(key: &str, asked: &Cell<u32>) -> Result<(), ApiError> {
    asked.update(|asked| asked + 1);
    match (key, asked.get()) {
        ("revoked", _) => Err(ApiError::InvalidKey),
        ("hangs", _) => std::future::pending().await,
        ("late", _) => Err(ApiError::RateLimited(Duration::from_hours(1))),
        (_, ..=4) => Err(ApiError::RateLimited(Duration::from_secs(1))),
        _ => Ok(()),
    }
}

/// The longest wait that a header can ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// For all of it, since the plan counts no attempt: one may hang.
const DEADLINE: Duration = Duration::from_secs(90);

fn plan() -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(400))
        .with_max_delay(Duration::from_secs(10))
        .with_max_times(2)
        .with_jitter()
}

/// `None` is the end: that of the plan, or an hour that nobody waits for.
fn adjust(error: &ApiError, planned: Option<Duration>) -> Option<Duration> {
    let jittered = planned?;
    match error.retry_after() {
        Some(after) if after > LONGEST_WAIT => None,
        // The header is the least; with the plan on top nobody is in step.
        Some(after) => Some(after + jittered),
        None => Some(jittered),
    }
}

async fn ask(key: &str) -> (Result<(), ApiError>, u32) {
    let asked = Cell::new(0);
    let retried = (|| chat(key, &asked))
        // Seeded, so that each run of this listing waits for the same times.
        // Leave that out: clients with the same seed are in step.
        .retry(plan().with_jitter_seed(0))
        .when(ApiError::is_retryable)
        .adjust(adjust)
        .notify(|error, _wait| println!("The {key} key: {error}"));
    let answer = timeout(DEADLINE, retried).await;
    let answer = answer.unwrap_or(Err(ApiError::TimedOut));
    println!("The {key} key in the end: {answer:?}");
    (answer, asked.get())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let ((_, limited), (_, revoked)) =
        tokio::join!(biased; ask("good"), ask("revoked"));
    println!("{} requests", limited + revoked);
    assert_eq!((limited, revoked), (3, 1), "two retries, where they help");
}

#[cfg(test)]
mod tests {
    use super::*;
    use backon::BackoffBuilder;
    use tokio::time::Instant;

    const SECOND: Duration = Duration::from_secs(1);

    /// Two waits, each of a second and what the plan adds: then it is over.
    #[tokio::test(start_paused = true)]
    async fn a_refused_request_is_made_three_times() {
        let start = Instant::now();
        let (answer, asked) = ask("good").await;
        assert_eq!((answer, asked), (Err(ApiError::RateLimited(SECOND)), 3));
        let took = start.elapsed().as_secs_f64();
        assert!((3.2..4.41).contains(&took), "{took}");
    }

    /// A revoked key is sent once, and an hour is not waited for.
    #[tokio::test(start_paused = true)]
    async fn what_no_wait_can_mend_is_asked_once() {
        assert_eq!(ask("revoked").await, (Err(ApiError::InvalidKey), 1));
        let start = Instant::now();
        assert_eq!(ask("late").await.1, 1);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    /// A call that hangs is over at the deadline.
    #[tokio::test(start_paused = true)]
    async fn a_call_that_hangs_ends_at_the_deadline() {
        let start = Instant::now();
        let day = Duration::from_hours(24);
        let ended = timeout(day, ask("hangs")).await.expect("in a day");
        assert_eq!(ended, (Err(ApiError::TimedOut), 1));
        assert_eq!(start.elapsed(), DEADLINE);
    }

    /// Its jitter lengthens a wait, up to double, beyond `max_delay` as well;
    /// it never shortens one.
    #[test]
    fn jitter_is_added_to_the_planned_wait() {
        for (wait, planned) in plan().build().zip([0.4, 0.8]) {
            let share = wait.as_secs_f64() / planned;
            assert!((1.0..=2.0).contains(&share), "{share}");
        }
        let bounded = plan().with_max_delay(SECOND).with_max_times(1000);
        let longest = bounded.build().max().expect("a thousand waits");
        assert!(longest > SECOND && longest <= SECOND * 2);
    }

    /// `with_total_delay` adds up the plan, and not what `adjust` makes of it.
    #[tokio::test(start_paused = true)]
    async fn the_total_delay_is_that_of_the_plan() {
        let start = Instant::now();
        let total = ExponentialBuilder::default()
            .with_total_delay(Some(SECOND * 3))
            .with_max_times(9);
        let asked = Cell::new(0);
        let answer = (|| chat("revoked", &asked))
            .retry(total)
            .adjust(|_, planned| Some(planned? * 10))
            .await;
        assert!(answer.is_err() && asked.get() == 3);
        assert_eq!(start.elapsed(), SECOND * 30);
    }
}
