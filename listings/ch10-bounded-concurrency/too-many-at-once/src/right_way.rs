//! A semaphore, three at once: `cargo run --bin too-many-at-once-right-way`
use futures::future::join_all;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("429 Too Many Requests")]
struct TooManyRequests;

/// Stands for a provider that answers three requests at once.
#[derive(Default)]
struct Server {
    requests: AtomicUsize,
    open: AtomicUsize,
}

/// A request in the server's hands. Dropped early or late, it is counted out.
struct Open<'a>(&'a AtomicUsize);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Server {
    async fn complete(&self, prompt: u64) -> Result<u64, TooManyRequests> {
        println!("prompt {prompt} sent");
        self.requests.fetch_add(1, Relaxed);
        let others = self.open.fetch_add(1, Relaxed);
        let _open = Open(&self.open);
        if others >= 3 {
            println!("prompt {prompt} got 429");
            return Err(TooManyRequests);
        }
        // 1.2, 1.35 or 1.5 s, so that no two answers come at once.
        sleep(Duration::from_millis(1200 + 150 * (prompt % 3))).await;
        println!("prompt {prompt} answered");
        Ok(prompt)
    }
}

/// One for all users: each semaphore of its own would let in three more.
struct Client {
    server: Server,
    permits: Semaphore,
}

impl Client {
    fn new() -> Self {
        let (server, permits) = (Server::default(), Semaphore::new(3));
        Self { server, permits }
    }

    async fn complete(&self, prompt: u64) -> Result<u64, TooManyRequests> {
        // Held while the call is under way, given back however it ends.
        let _permit = self.permits.acquire().await.expect("never closed");
        self.server.complete(prompt).await
    }

    async fn complete_all(&self) -> Vec<Result<u64, TooManyRequests>> {
        join_all((0..12).map(|prompt| self.complete(prompt))).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (start, client) = (Instant::now(), Client::new());
    let results = client.complete_all().await;
    let refused = results.iter().filter(|result| result.is_err()).count();
    let requests = client.server.requests.into_inner();
    println!("{requests} requests, {refused} refused");
    assert_eq!((requests, refused), (12, 0), "nobody asks in vain");
    assert_eq!(start.elapsed().as_secs(), 6, "four rounds of three");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve calls, three at once, take four rounds and no refusal.
    #[tokio::test(start_paused = true)]
    async fn twelve_calls_take_six_seconds_and_none_is_refused() {
        let (start, client) = (Instant::now(), Client::new());
        let results = client.complete_all().await;
        assert!(results.into_iter().eq((0..12).map(Ok)), "in order");
        assert_eq!(client.server.requests.into_inner(), 12);
        assert_eq!(start.elapsed(), Duration::from_secs(6));
    }

    /// Two users at once share the three permits, and none is refused.
    #[tokio::test(start_paused = true)]
    async fn two_users_share_the_permits() {
        let client = Client::new();
        let users = [client.complete_all(), client.complete_all()];
        let results = join_all(users).await.concat();
        assert!(results.iter().all(Result::is_ok));
        assert_eq!(client.server.requests.into_inner(), 24);
    }
}
