//! The limit is overruled: `cargo run --bin with-backon-wrong-way`
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
        // `planned` is `None` when the retries are spent. It is overruled.
        .adjust(|error, planned| error.retry_after().or(planned))
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
    assert_eq!((limited, revoked), (6, 3), "at most three were allowed");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// Two retries are allowed, and five are made.
    #[tokio::test(start_paused = true)]
    async fn a_refused_request_is_made_six_times() {
        let start = Instant::now();
        assert_eq!(ask("good").await, (Ok(()), 6));
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }

    /// A revoked key is sent three times.
    #[tokio::test(start_paused = true)]
    async fn a_revoked_key_is_sent_three_times() {
        assert_eq!(ask("revoked").await, (Err(ApiError::InvalidKey), 3));
    }
}
