//! One deadline over all of it: `cargo run --bin deadline-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout, timeout_at};

#[derive(Debug, PartialEq, thiserror::Error)]
enum AskError {
    #[error("no answer after {0} attempts")]
    GaveUp(u32),
    #[error("no answer by the deadline")]
    OutOfTime,
}

const PER_ATTEMPT: Duration = Duration::from_secs(3);
const ATTEMPTS: u32 = 4;

/// A server that accepts each request and answers none in time.
async fn chat(attempt: u32) -> &'static str {
    println!("Attempt {attempt} begins");
    sleep(Duration::from_mins(1)).await;
    "Hello"
}

async fn attempts() -> Result<&'static str, AskError> {
    let mut wait = Duration::from_secs(1);
    for attempt in 1..=ATTEMPTS {
        if let Ok(answer) = timeout(PER_ATTEMPT, chat(attempt)).await {
            return Ok(answer);
        }
        println!("Attempt {attempt} timed out");
        if attempt < ATTEMPTS {
            sleep(wait).await;
            wait *= 2;
        }
    }
    Err(AskError::GaveUp(ATTEMPTS))
}

async fn ask(deadline: Instant) -> Result<&'static str, AskError> {
    // Whatever is under way then is dropped: an attempt as well as a wait.
    let answer = timeout_at(deadline, attempts()).await;
    answer.unwrap_or(Err(AskError::OutOfTime))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answer = ask(start + Duration::from_secs(10)).await;
    let took = start.elapsed().as_secs();
    println!("{answer:?} after {took} s");
    assert_eq!(took, 10, "what was promised");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One deadline over attempts and waits: it is over after ten seconds.
    #[tokio::test(start_paused = true)]
    async fn the_deadline_ends_attempts_and_waits() {
        let start = Instant::now();
        let answer = ask(start + Duration::from_secs(10)).await;
        assert_eq!(answer, Err(AskError::OutOfTime));
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }
}
