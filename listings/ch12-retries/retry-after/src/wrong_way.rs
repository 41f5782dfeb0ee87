//! Sooner than was asked for: `cargo run --bin retry-after-wrong-way`
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
const LONGEST_WAIT: Duration = Duration::from_secs(4);

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
    let mut wait = Duration::from_secs(1);
    loop {
        let answer = provider.chat().await;
        if answer.is_ok() || provider.asked.len() == ATTEMPTS {
            return answer;
        }
        // Its own plan; nobody reads what the provider said.
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut provider = Provider::new();
    let answer = ask(&mut provider).await;
    println!("{} requests, {answer:?}", provider.asked.len());
    assert!(answer.is_err(), "each request has prolonged the ban");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who never waits for seven seconds is never answered.
    #[tokio::test(start_paused = true)]
    async fn six_attempts_in_fifteen_seconds_are_all_refused() {
        let mut provider = Provider::new();
        let refused = RateLimited { retry_after: QUIET };
        assert_eq!(ask(&mut provider).await, Err(refused));
        assert_eq!(provider.asked, [0, 1, 3, 7, 11, 15]);
    }
}
