//! Five tokens, and one more a second: `cargo run --bin token-bucket-right-way`
use futures::future::join_all;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("429 Too Many Requests")]
struct TooManyRequests;

/// Stands for a provider that lets in five at first, and one more each second.
struct Server {
    opened: Instant,
    let_in: AtomicU64,
}

impl Server {
    async fn complete(&self, prompt: u64) -> Result<(), TooManyRequests> {
        println!("prompt {prompt} sent");
        if self.let_in.load(Relaxed) >= 5 + self.opened.elapsed().as_secs() {
            println!("prompt {prompt} got 429");
            return Err(TooManyRequests);
        }
        self.let_in.fetch_add(1, Relaxed);
        // No two answers at once.
        sleep(Duration::from_millis(850 - 150 * (prompt % 5))).await;
        println!("prompt {prompt} answered");
        Ok(())
    }
}

const BURST: u32 = 5;
const EVERY: Duration = Duration::from_secs(1); // one token comes back

/// Knows when it will be full again; that says how many tokens it has now.
struct Bucket(Mutex<Instant>);

impl Bucket {
    async fn take(&self) {
        // A fair lock, so its waiters are the queue.
        let mut full_at = self.0.lock().await;
        let now = Instant::now();
        let full = now.max(*full_at) + EVERY; // once we have our token
        sleep((full - now).saturating_sub(BURST * EVERY)).await;
        // A caller that left during the sleep has taken nothing.
        *full_at = full;
    }
}

async fn complete_all() -> Vec<Result<(), TooManyRequests>> {
    let (opened, let_in) = (Instant::now(), 0.into());
    let server = Server { opened, let_in };
    let bucket = Bucket(Mutex::new(Instant::now()));
    join_all((0..12).map(async |prompt| {
        bucket.take().await;
        server.complete(prompt).await
    }))
    .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let results = complete_all().await;
    let refused = results.iter().filter(|result| result.is_err()).count();
    println!("{} requests, {refused} refused", results.len());
    let seconds = start.elapsed().as_secs();
    assert_eq!((refused, seconds), (0, 7), "seven tokens, then one call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five tokens at once, then one a second: twelve calls take 7.7 s.
    #[tokio::test(start_paused = true)]
    async fn twelve_calls_wait_for_seven_tokens_and_none_is_refused() {
        let start = Instant::now();
        assert_eq!(complete_all().await, [const { Ok(()) }; 12]);
        assert_eq!(start.elapsed(), Duration::from_millis(7700));
    }
}
