//! No attempt that cannot end: `cargo run --bin deadline-better-way`
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("no answer after {0} attempts, and no time for another")]
struct GaveUp(u32);

const PER_ATTEMPT: Duration = Duration::from_secs(3);
/// No answer has ever come sooner than this.
const QUICKEST: Duration = Duration::from_secs(2);

/// A server that accepts each request and answers none in time.
async fn chat(attempt: u32) -> &'static str {
    println!("Attempt {attempt} begins");
    sleep(Duration::from_mins(1)).await;
    "Hello"
}

async fn ask(deadline: Instant) -> Result<&'static str, GaveUp> {
    let (mut begin, mut wait) = (Instant::now(), Duration::from_secs(1));
    let mut attempt = 0;
    // Known before the wait: what would be left after it is too little.
    while begin + QUICKEST <= deadline {
        sleep_until(begin).await;
        attempt += 1;
        // What is left of the whole, if that is less than its own limit.
        let limit = deadline.min(begin + PER_ATTEMPT);
        if let Ok(answer) = timeout_at(limit, chat(attempt)).await {
            return Ok(answer);
        }
        println!("Attempt {attempt} timed out");
        begin = Instant::now() + wait;
        wait *= 2;
    }
    Err(GaveUp(attempt))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answer = ask(start + Duration::from_secs(10)).await;
    let took = start.elapsed().as_secs();
    println!("{answer:?} after {took} s");
    assert_eq!(answer, Err(GaveUp(2)), "a third could not have ended");
    assert_eq!(took, 7, "known three seconds before the deadline");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a second left a third attempt is not begun: over after seven.
    #[tokio::test(start_paused = true)]
    async fn an_attempt_that_cannot_end_is_not_begun() {
        let start = Instant::now();
        let answer = ask(start + Duration::from_secs(10)).await;
        assert_eq!(answer, Err(GaveUp(2)));
        assert_eq!(start.elapsed(), Duration::from_secs(7));
    }

    /// With two seconds left it is begun, and ends with the deadline.
    #[tokio::test(start_paused = true)]
    async fn the_last_attempt_gets_what_is_left() {
        let start = Instant::now();
        let answer = ask(start + Duration::from_secs(11)).await;
        assert_eq!(answer, Err(GaveUp(3)));
        assert_eq!(start.elapsed(), Duration::from_secs(11));
    }
}
