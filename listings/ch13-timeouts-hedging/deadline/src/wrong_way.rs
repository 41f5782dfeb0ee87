//! A limit on each attempt alone: `cargo run --bin deadline-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no answer after {0} attempts")]
struct GaveUp(u32);

const PER_ATTEMPT: Duration = Duration::from_secs(3);
const ATTEMPTS: u32 = 4;

/// A server that accepts each request and answers none in time.
async fn chat(attempt: u32) -> &'static str {
    println!("Attempt {attempt} begins");
    sleep(Duration::from_mins(1)).await;
    "Hello"
}

async fn ask() -> Result<&'static str, GaveUp> {
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
    Err(GaveUp(ATTEMPTS))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answer = ask().await;
    let took = start.elapsed().as_secs();
    println!("{answer:?} after {took} s");
    assert_eq!(took, 19, "four limits and three waits");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four attempts of three seconds and their backoff take 19 seconds.
    #[tokio::test(start_paused = true)]
    async fn four_limits_and_three_waits_are_19_seconds() {
        let start = Instant::now();
        assert_eq!(ask().await, Err(GaveUp(4)));
        assert_eq!(start.elapsed(), Duration::from_secs(19));
    }
}
