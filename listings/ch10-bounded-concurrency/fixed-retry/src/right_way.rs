//! A permit before a task: `cargo run --bin fixed-retry-right-way`
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
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
        // 1.48, 1.49 or 1.5 s: no two answers at once.
        sleep(Duration::from_millis(1480 + 10 * (prompt % 3))).await;
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
    let server = Arc::new(Server { requests, places });
    let permits = Arc::new(Semaphore::new(3));
    let mut calls = JoinSet::new();
    for prompt in 0..12 {
        // The loop waits here, so there are never more than three tasks.
        let permit = permits.clone().acquire_owned().await.expect("open");
        let server = server.clone();
        calls.spawn(async move {
            complete(&server, prompt).await;
            drop(permit); // moved into the task, and dropped with it
        });
    }
    calls.join_all().await;
    server.requests.load(Relaxed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let requests = complete_all().await;
    let refused = requests - 12;
    println!("{requests} requests, {refused} refused");
    assert_eq!((requests, refused), (12, 0), "nobody asks in vain");
    assert_eq!(start.elapsed().as_secs(), 6, "no place stands empty");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a permit each, twelve calls need twelve requests and 6 s.
    #[tokio::test(start_paused = true)]
    async fn tasks_with_permits_take_twelve_requests_and_six_seconds() {
        let start = Instant::now();
        assert_eq!(complete_all().await, 12);
        assert_eq!(start.elapsed(), Duration::from_secs(6));
    }
}
