//! A bound, and a retry for bad days: `cargo run --bin fixed-retry-right-way`
use futures::future::join_all;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
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

/// Our side of the wire: as many permits as the server has places.
struct Client {
    server: Server,
    permits: Semaphore,
}

impl Client {
    fn new() -> Self {
        let (requests, places) = (AtomicUsize::new(0), Semaphore::new(3));
        let server = Server { requests, places };
        let permits = Semaphore::new(3);
        Self { server, permits }
    }

    async fn attempt(&self, prompt: u64) -> Result<(), TooManyRequests> {
        // Held for one attempt: a call that sleeps before the next has none.
        let _permit = self.permits.acquire().await.expect("never closed");
        self.server.answer(prompt).await
    }

    async fn complete(&self, prompt: u64) -> Result<(), TooManyRequests> {
        for longest in [1, 2, 4].map(Duration::from_secs) {
            match self.attempt(prompt).await {
                // Refused together, they don't come back together.
                Err(TooManyRequests) => {
                    sleep(longest.mul_f64(rand::random())).await;
                }
                done => return done,
            }
        }
        self.attempt(prompt).await // the last one: its error is the caller's
    }

    async fn complete_all(&self) -> Vec<Result<(), TooManyRequests>> {
        join_all((0..12).map(|prompt| self.complete(prompt))).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (start, client) = (Instant::now(), Client::new());
    let results = client.complete_all().await;
    assert!(results.iter().all(Result::is_ok), "everyone is answered");
    let requests = client.server.requests.into_inner();
    let refused = requests - 12;
    println!("{requests} requests, {refused} refused");
    assert_eq!((requests, refused), (12, 0), "nobody asks in vain");
    assert_eq!(start.elapsed().as_secs(), 6, "no place is left empty");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a bound, twelve calls need twelve requests and 6 s.
    #[tokio::test(start_paused = true)]
    async fn twelve_calls_take_twelve_requests_and_six_seconds() {
        let (start, client) = (Instant::now(), Client::new());
        assert_eq!(client.complete_all().await, [const { Ok(()) }; 12]);
        assert_eq!(client.server.requests.into_inner(), 12);
        assert_eq!(start.elapsed(), Duration::from_secs(6));
    }

    /// A call that was refused holds no permit while it sleeps.
    #[tokio::test(start_paused = true)]
    async fn a_refused_call_sleeps_without_its_permit() {
        let client = Client::new();
        let _taken = client.server.places.acquire_many(3).await.expect("open");
        let calls = client.complete_all();
        tokio::time::timeout(Duration::from_millis(1), calls)
            .await
            .expect_err("no place is free");
        assert!(client.server.requests.load(Relaxed) >= 12, "all had a turn");
    }

    /// After four refusals the caller gets the error, within 7 s.
    #[tokio::test(start_paused = true)]
    async fn after_four_refusals_the_error_is_returned() {
        let (start, client) = (Instant::now(), Client::new());
        let _taken = client.server.places.acquire_many(3).await.expect("open");
        assert_eq!(client.complete(0).await, Err(TooManyRequests));
        assert_eq!(client.server.requests.load(Relaxed), 4);
        assert!(start.elapsed() <= Duration::from_millis(7003));
    }
}
