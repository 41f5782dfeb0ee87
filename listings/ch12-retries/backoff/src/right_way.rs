//! Later each time, if that can help: `cargo run --bin backoff-right-way`
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

const ATTEMPTS: usize = 4;

/// A server that is overloaded for five seconds, and notes who asks when.
async fn chat(key: &str, start: Instant, asked: &mut Vec<u64>) -> Answer {
    let at = start.elapsed().as_secs();
    asked.push(at);
    let answer = match (key, at) {
        ("revoked", _) => Err(ApiError::InvalidKey),
        ("unpaid", _) => Err(ApiError::InsufficientQuota),
        (_, 0..5) => Err(ApiError::Overloaded),
        _ => Ok("Hello"),
    };
    println!("The {key} key at {at} s: {answer:?}");
    answer
}

async fn ask(key: &str) -> (Answer, Vec<u64>) {
    let (start, mut asked) = (Instant::now(), Vec::new());
    let mut wait = Duration::from_secs(1);
    loop {
        let answer = chat(key, start, &mut asked).await;
        let again = answer.as_ref().is_err_and(ApiError::is_retryable);
        if !again || asked.len() == ATTEMPTS {
            return (answer, asked);
        }
        // Twice as long each time: a server in trouble needs quiet.
        sleep(wait).await;
        wait *= 2;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (_refused, asked) = ask("revoked").await;
    let (answer, times) = ask("good").await;
    println!("{} requests, {answer:?}", asked.len() + times.len());
    assert_eq!((asked.len(), times.len()), (1, 4), "four to be answered");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The waits double: attempts at 0, 1, 3 and 7 s.
    #[tokio::test(start_paused = true)]
    async fn attempts_come_at_0_1_3_and_7_seconds() {
        assert_eq!(ask("good").await, (Ok("Hello"), vec![0, 1, 3, 7]));
    }

    /// A revoked key is sent once, and so is one whose quota is spent.
    #[tokio::test(start_paused = true)]
    async fn a_permanent_error_is_met_once() {
        let once = |error| (Err(error), vec![0]);
        assert_eq!(ask("revoked").await, once(ApiError::InvalidKey));
        assert_eq!(ask("unpaid").await, once(ApiError::InsufficientQuota));
    }
}
