//! Twelve at once, three allowed: `cargo run --bin too-many-at-once-wrong-way`
use futures::future::join_all;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
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

async fn complete_all(server: &Server) -> Vec<Result<u64, TooManyRequests>> {
    join_all((0..12).map(|prompt| server.complete(prompt))).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (start, server) = (Instant::now(), Server::default());
    let results = complete_all(&server).await;
    let refused = results.iter().filter(|result| result.is_err()).count();
    let requests = server.requests.into_inner();
    println!("{requests} requests, {refused} refused");
    assert_eq!((requests, refused), (12, 9), "three came first");
    assert_eq!(start.elapsed().as_secs(), 1, "for three answers");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of twelve calls at once, a server for three refuses nine.
    #[tokio::test(start_paused = true)]
    async fn nine_of_twelve_are_refused() {
        let (start, server) = (Instant::now(), Server::default());
        let results = complete_all(&server).await;
        assert_eq!(results[..3], [Ok(0), Ok(1), Ok(2)]);
        assert_eq!(results[3..], [const { Err(TooManyRequests) }; 9]);
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
    }
}
