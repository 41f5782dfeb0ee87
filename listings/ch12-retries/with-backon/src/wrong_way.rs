//! The limit is overruled: `cargo run --bin with-backon-wrong-way`
use backon::{ExponentialBuilder, Retryable};
use std::cell::Cell;
use std::time::Duration;

#[derive(Debug, PartialEq, thiserror::Error)]
enum ApiError {
    #[error("401 invalid_api_key")]
    InvalidKey,
    #[error("429, Retry-After: {0:?}")]
    RateLimited(Duration),
}

impl ApiError {
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited(after) => Some(*after),
            Self::InvalidKey => None,
        }
    }
}

/// A limit that resets after the fourth refusal, and a key that is revoked.
async fn chat(key: &str, asked: &Cell<u32>) -> Result<(), ApiError> {
    asked.update(|asked| asked + 1);
    match (key, asked.get()) {
        ("revoked", _) => Err(ApiError::InvalidKey),
        (_, ..=4) => Err(ApiError::RateLimited(Duration::from_secs(1))),
        _ => Ok(()),
    }
}

async fn ask(key: &str) -> (Result<(), ApiError>, u32) {
    let asked = Cell::new(0);
    let plan = ExponentialBuilder::default().with_max_times(2);
    let answer = (|| chat(key, &asked))
        .retry(plan.with_min_delay(Duration::from_millis(400)))
        // `planned` is `None` when the retries are spent. It is overruled.
        .adjust(|error, planned| error.retry_after().or(planned))
        .notify(|error, _wait| println!("The {key} key: {error}"))
        .await;
    println!("The {key} key in the end: {answer:?}");
    (answer, asked.get())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let ((_, limited), (_, revoked)) =
        tokio::join!(biased; ask("good"), ask("revoked"));
    println!("{} requests", limited + revoked);
    assert_eq!((limited, revoked), (5, 3), "at most three were allowed");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// Two retries are allowed, and four are made.
    #[tokio::test(start_paused = true)]
    async fn a_refused_request_is_made_five_times() {
        let start = Instant::now();
        assert_eq!(ask("good").await, (Ok(()), 5));
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }

    /// A revoked key is sent three times.
    #[tokio::test(start_paused = true)]
    async fn a_revoked_key_is_sent_three_times() {
        assert_eq!(ask("revoked").await, (Err(ApiError::InvalidKey), 3));
    }
}
