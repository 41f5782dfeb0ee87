//! A plan with limits: `cargo run --bin with-backon-right-way`
use backon::{ExponentialBuilder, Retryable};
use std::cell::Cell;
use std::time::Duration;

#[derive(Debug, PartialEq, thiserror::Error)]
enum ApiError {
    #[error("401 invalid_api_key")]
    InvalidKey,
    #[error("429, Retry-After: {0}")]
    RateLimited(u64),
}

impl ApiError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::RateLimited(_))
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited(seconds) => Some(Duration::from_secs(*seconds)),
            Self::InvalidKey => None,
        }
    }
}

/// A limit that resets after the fifth refusal, and a key that is revoked.
async fn chat(key: &str, asked: &Cell<u32>) -> Result<(), ApiError> {
    asked.update(|asked| asked + 1);
    match (key, asked.get()) {
        ("revoked", _) => Err(ApiError::InvalidKey),
        (_, ..=5) => Err(ApiError::RateLimited(2)),
        _ => Ok(()),
    }
}

async fn ask(key: &str) -> (Result<(), ApiError>, u32) {
    let asked = Cell::new(0);
    let answer = (|| chat(key, &asked))
        .retry(ExponentialBuilder::default().with_max_times(2))
        .sleep(tokio::time::sleep)
        .when(ApiError::is_retryable)
        // `None` is the end of the plan and stays so; the header may only
        // make a wait longer.
        .adjust(|error, planned| {
            Some(planned?.max(error.retry_after().unwrap_or_default()))
        })
        .notify(|error, wait| println!("The {key} key: {error}, {wait:?}"))
        .await;
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

    /// Attempts at 0, 2 and 4 seconds, and then it is over.
    #[tokio::test(start_paused = true)]
    async fn a_refused_request_is_made_three_times() {
        let start = Instant::now();
        let (answer, asked) = ask("good").await;
        assert_eq!((answer, asked), (Err(ApiError::RateLimited(2)), 3));
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }

    /// A revoked key is sent once.
    #[tokio::test(start_paused = true)]
    async fn a_revoked_key_is_sent_once() {
        assert_eq!(ask("revoked").await, (Err(ApiError::InvalidKey), 1));
    }

    /// Its jitter lengthens a wait, up to double; it never shortens one.
    #[test]
    fn jitter_is_added_to_the_planned_wait() {
        let plan = ExponentialBuilder::default().with_jitter();
        for (wait, planned) in plan.build().zip([1.0, 2.0, 4.0]) {
            let share = wait.as_secs_f64() / planned;
            assert!((1.0..=2.0).contains(&share), "{share}");
        }
    }
}
