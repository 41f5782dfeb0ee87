//! Sooner than was asked for: `cargo run --bin retry-after-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("429, Retry-After: {retry_after:?}")]
struct RateLimited {
    retry_after: Option<Duration>,
}

const ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// One request in any three seconds, and a refused one counts as well.
const WINDOW: Duration = Duration::from_secs(3);

struct Provider {
    free_at: Instant,
    requests: u32,
}

impl Provider {
    /// Your last request was a moment ago.
    fn with_a_spent_limit() -> Self {
        Self {
            free_at: Instant::now() + WINDOW,
            requests: 0,
        }
    }

    async fn chat(&mut self) -> Result<&'static str, RateLimited> {
        self.requests += 1;
        let early = Instant::now() < self.free_at;
        self.free_at = Instant::now() + WINDOW;
        if early {
            println!("Request {} refused", self.requests);
            let retry_after = Some(WINDOW);
            return Err(RateLimited { retry_after });
        }
        println!("Request {} answered", self.requests);
        Ok("Hello")
    }
}

fn pause(failures: u32) -> Duration {
    let doubled = FIRST_WAIT * 2_u32.saturating_pow(failures - 1);
    doubled.min(LONGEST_WAIT)
}

async fn ask(provider: &mut Provider) -> Result<&'static str, RateLimited> {
    let mut failures = 0;
    loop {
        let answer = provider.chat().await;
        failures += 1;
        if answer.is_ok() || failures == ATTEMPTS {
            return answer;
        }
        // Its own plan; nobody reads what the provider said.
        sleep(pause(failures)).await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut provider = Provider::with_a_spent_limit();
    let answer = ask(&mut provider).await;
    println!("{} requests, {answer:?}", provider.requests);
    assert!(answer.is_err(), "each request has used up the limit again");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No wait is as long as the window, so all five requests are refused.
    #[tokio::test(start_paused = true)]
    async fn five_requests_in_five_and_a_half_seconds_are_all_refused() {
        let start = Instant::now();
        let mut provider = Provider::with_a_spent_limit();
        assert!(ask(&mut provider).await.is_err());
        assert_eq!(provider.requests, 5);
        assert_eq!(start.elapsed(), Duration::from_millis(5500));
    }
}
