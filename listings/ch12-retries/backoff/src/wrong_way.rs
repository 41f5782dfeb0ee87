//! Again, at once, whatever it was: `cargo run --bin backoff-wrong-way`
use tokio::time::Instant;

#[derive(Debug, PartialEq, thiserror::Error)]
enum ApiError {
    #[error("401 invalid_api_key")]
    InvalidKey,
    #[error("503 overloaded")]
    Overloaded,
}

type Answer = Result<&'static str, ApiError>;

const ATTEMPTS: usize = 4;

/// A server that is overloaded for five seconds, and notes who asks when.
async fn chat(key: &str, start: Instant, asked: &mut Vec<u64>) -> Answer {
    let at = start.elapsed().as_secs();
    asked.push(at);
    let answer = match (key, at) {
        ("revoked", _) => Err(ApiError::InvalidKey),
        (_, 0..5) => Err(ApiError::Overloaded),
        _ => Ok("Hello"),
    };
    println!("The {key} key at {at} s: {answer:?}");
    answer
}

async fn ask(key: &str) -> (Answer, Vec<u64>) {
    let (start, mut asked) = (Instant::now(), Vec::new());
    loop {
        // Whatever was wrong a microsecond ago is wrong now.
        let answer = chat(key, start, &mut asked).await;
        if answer.is_ok() || asked.len() == ATTEMPTS {
            return (answer, asked);
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (refused, asked) = ask("revoked").await;
    let (answer, times) = ask("good").await;
    let requests = asked.len() + times.len();
    println!("{requests} requests, 0 answers");
    assert!(refused.is_err() && answer.is_err());
    assert_eq!(requests, 8, "four attempts each, whatever the error");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four attempts at once all meet the same overload.
    #[tokio::test(start_paused = true)]
    async fn four_attempts_are_spent_in_no_time() {
        let (answer, asked) = ask("good").await;
        assert_eq!(answer, Err(ApiError::Overloaded));
        assert_eq!(asked, [0, 0, 0, 0]);
    }

    /// A revoked key is sent four times.
    #[tokio::test(start_paused = true)]
    async fn a_revoked_key_is_sent_four_times() {
        let (answer, asked) = ask("revoked").await;
        assert_eq!(answer, Err(ApiError::InvalidKey));
        assert_eq!(asked.len(), 4);
    }
}
