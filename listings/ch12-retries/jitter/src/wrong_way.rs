//! A hundred clients in step: `cargo run --bin jitter-wrong-way`
use futures::future::join_all;
use std::cell::RefCell;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("429 after {0} attempts")]
struct GaveUp(u32);

/// What a provider serves in a second; it refuses the rest.
const PER_SECOND: u32 = 10;
const CLIENTS: u32 = 100;
const ATTEMPTS: u32 = 10;
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(32);

struct Provider {
    second: Instant,
    served: u32,
    requests: u32,
}

impl Provider {
    fn new() -> Self {
        let second = Instant::now();
        Self {
            second,
            served: 0,
            requests: 0,
        }
    }

    /// Whether the request is served; if not, it is a 429 without a header.
    fn chat(&mut self) -> bool {
        self.requests += 1;
        if self.second.elapsed().as_secs() > 0 {
            (self.second, self.served) = (Instant::now(), 0);
        }
        let serves = self.served < PER_SECOND;
        self.served += u32::from(serves);
        serves
    }
}

fn pause(failures: u32) -> Duration {
    let doubled = FIRST_WAIT * 2_u32.saturating_pow(failures - 1);
    doubled.min(LONGEST_WAIT)
}

async fn client(provider: &RefCell<Provider>) -> Result<(), GaveUp> {
    for failures in 1..=ATTEMPTS {
        if provider.borrow_mut().chat() {
            return Ok(());
        }
        if failures < ATTEMPTS {
            // All were refused together and return together.
            sleep(pause(failures)).await;
        }
    }
    Err(GaveUp(ATTEMPTS))
}

async fn rush() -> (u32, Duration) {
    let start = Instant::now();
    let provider = RefCell::new(Provider::new());
    let served = join_all((0..CLIENTS).map(|_| client(&provider))).await;
    assert!(served.iter().all(Result::is_ok), "ten attempts suffice");
    (provider.into_inner().requests, start.elapsed())
}

// The clock is paused: minutes of waiting pass in an instant.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (requests, took) = rush().await;
    println!("{CLIENTS} clients, {requests} requests");
    println!("{} s on the paused clock", took.as_secs());
    assert_eq!(requests, 550, "a hundred, ninety, eighty, …");
    assert_eq!(took.as_secs(), 159, "nine waits, up to the longest");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hundred clients in step need 550 requests and 159 seconds.
    #[tokio::test(start_paused = true)]
    async fn in_step_they_need_550_requests_and_159_seconds() {
        assert_eq!(rush().await, (550, Duration::from_secs(159)));
    }
}
