//! As late as was asked for: `cargo run --bin retry-after-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("429, Retry-After: {}", .retry_after.as_secs())]
struct RateLimited {
    retry_after: Duration,
}

const QUIET: Duration = Duration::from_secs(7);
const LIMIT_RESETS: Duration = Duration::from_secs(10);
const ATTEMPTS: usize = 6;

/// Your limit is spent, and a request that is refused counts against it.
struct Provider {
    start: Instant,
    quiet_until: Instant,
    asked: Vec<u64>,
}

impl Provider {
    fn new() -> Self {
        let start = Instant::now();
        Self {
            start,
            quiet_until: start + LIMIT_RESETS,
            asked: Vec::new(),
        }
    }

    async fn chat(&mut self) -> Result<&'static str, RateLimited> {
        let now = Instant::now();
        let at = (now - self.start).as_secs();
        self.asked.push(at);
        if now < self.quiet_until {
            self.quiet_until = self.quiet_until.max(now + QUIET);
            println!("Refused at {at} s");
            return Err(RateLimited { retry_after: QUIET });
        }
        println!("Answered at {at} s");
        Ok("Hello")
    }
}

async fn ask(provider: &mut Provider) -> Result<&'static str, RateLimited> {
    loop {
        match provider.chat().await {
            Err(refused) if provider.asked.len() < ATTEMPTS => {
                // It knows when its limit resets; a guess can only be worse.
                sleep(refused.retry_after).await;
            }
            settled => return settled,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut provider = Provider::new();
    let answer = ask(&mut provider).await;
    println!("{} requests, {answer:?}", provider.asked.len());
    assert_eq!(answer, Ok("Hello"));
    assert_eq!(provider.asked.len(), 3, "two refusals, one answer");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two refusals, and the answer at the first moment that was promised.
    #[tokio::test(start_paused = true)]
    async fn attempts_come_at_0_7_and_14_seconds() {
        let mut provider = Provider::new();
        assert_eq!(ask(&mut provider).await, Ok("Hello"));
        assert_eq!(provider.asked, [0, 7, 14]);
    }
}
