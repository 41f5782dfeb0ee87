//! A limit on each attempt alone: `cargo run --bin deadline-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no answer after {0} attempts")]
struct GaveUp(u32);

const PER_ATTEMPT: Duration = Duration::from_millis(900);
const ATTEMPTS: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(300);

/// A server that accepts each request and answers none in time.
async fn chat(attempt: u32) -> &'static str {
    println!("Attempt {attempt} begins");
    sleep(Duration::from_mins(1)).await;
    "Hello"
}

async fn ask() -> Result<&'static str, GaveUp> {
    for attempt in 1..=ATTEMPTS {
        if let Ok(answer) = timeout(PER_ATTEMPT, chat(attempt)).await {
            return Ok(answer);
        }
        println!("Attempt {attempt} timed out");
        if attempt < ATTEMPTS {
            sleep(FIRST_WAIT * 2_u32.pow(attempt - 1)).await;
        }
    }
    Err(GaveUp(ATTEMPTS))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answer = ask().await;
    println!("In the end: {answer:?}");
    let sum = Duration::from_millis(5700);
    assert!(start.elapsed() >= sum, "four limits and three waits");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four attempts of 0.9 s and their backoff take 5.7 s.
    #[tokio::test(start_paused = true)]
    async fn four_limits_and_three_waits_are_5700_ms() {
        let start = Instant::now();
        assert_eq!(ask().await, Err(GaveUp(4)));
        assert_eq!(start.elapsed(), Duration::from_millis(5700));
    }
}
