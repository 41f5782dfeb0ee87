//! Again, at once, whatever it was: `cargo run --bin backoff-wrong-way`
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug, PartialEq, thiserror::Error)]
enum ApiError {
    #[error("401 invalid_api_key")]
    InvalidKey,
    #[error("503 overloaded")]
    Overloaded,
}

type Answer = Result<&'static str, ApiError>;

const ATTEMPTS: u32 = 4;
const OVERLOADED_FOR: Duration = Duration::from_millis(3200);

/// A server that is overloaded when it is first asked.
async fn chat(key: &str, attempt: u32, start: Instant) -> Answer {
    let answer = match key {
        "revoked" => Err(ApiError::InvalidKey),
        _ if start.elapsed() < OVERLOADED_FOR => Err(ApiError::Overloaded),
        _ => Ok("Hello"),
    };
    println!("The {key} key, attempt {attempt}: {answer:?}");
    answer
}

async fn ask(key: &str) -> (Answer, u32) {
    let (start, mut attempt) = (Instant::now(), 1);
    loop {
        // Whatever was wrong a microsecond ago is wrong now.
        let answer = chat(key, attempt, start).await;
        if answer.is_ok() || attempt == ATTEMPTS {
            return (answer, attempt);
        }
        attempt += 1;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (refused, revoked) = ask("revoked").await;
    let (answer, good) = ask("good").await;
    println!("{} requests, 0 answers", revoked + good);
    assert!(refused.is_err() && answer.is_err());
    assert_eq!((revoked, good), (4, 4), "all attempts, whatever the error");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four attempts at once all meet the same overload.
    #[tokio::test(start_paused = true)]
    async fn four_attempts_are_spent_in_no_time() {
        let start = Instant::now();
        assert_eq!(ask("good").await, (Err(ApiError::Overloaded), 4));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    /// A revoked key is sent four times.
    #[tokio::test(start_paused = true)]
    async fn a_revoked_key_is_sent_four_times() {
        assert_eq!(ask("revoked").await, (Err(ApiError::InvalidKey), 4));
    }
}
