//! Asked again each second: `cargo run --bin fixed-retry-wrong-way`
use futures::future::join_all;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

#[derive(Debug, thiserror::Error)]
#[error("429 Too Many Requests")]
struct TooManyRequests;

/// Stands for a provider that answers three requests at once.
struct Server {
    requests: AtomicUsize,
    places: Semaphore,
}

impl Server {
    async fn answer(&self, prompt: u64) -> Result<(), TooManyRequests> {
        println!("prompt {prompt} sent");
        self.requests.fetch_add(1, Relaxed);
        // `try_acquire` refuses where `acquire` would queue.
        let Ok(_place) = self.places.try_acquire() else {
            println!("prompt {prompt} got 429");
            return Err(TooManyRequests);
        };
        // 1.2, 1.35 or 1.5 s: no two answers at once.
        sleep(Duration::from_millis(1200 + 150 * (prompt % 3))).await;
        println!("prompt {prompt} answered");
        Ok(())
    }
}

async fn complete(server: &Server, prompt: u64) {
    while let Err(TooManyRequests) = server.answer(prompt).await {
        sleep(Duration::from_secs(1)).await; // the same for everybody
    }
}

async fn complete_all() -> usize {
    let (requests, places) = (AtomicUsize::new(0), Semaphore::new(3));
    let server = Server { requests, places };
    join_all((0..12).map(|prompt| complete(&server, prompt))).await;
    server.requests.into_inner()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let requests = complete_all().await;
    let refused = requests - 12; // each ends with an answer
    println!("{requests} requests, {refused} refused");
    assert_eq!((requests, refused), (48, 36), "three of four in vain");
    assert_eq!(start.elapsed().as_secs(), 7, "places stood empty");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve calls that ask again each second need 48 requests and 7.5 s.
    #[tokio::test(start_paused = true)]
    async fn a_fixed_retry_takes_48_requests_and_seven_and_a_half_seconds() {
        let start = Instant::now();
        assert_eq!(complete_all().await, 48);
        assert_eq!(start.elapsed(), Duration::from_millis(7500));
    }
}
