//! Five tokens, and one more a second: `cargo run --bin token-bucket-right-way`
use futures::future::join_all;
use std::cell::Cell;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("429 Too Many Requests")]
struct TooManyRequests;

const BURST: u32 = 5;
const EVERY: Duration = Duration::from_secs(1); // one token comes back
/// One request may be quicker on its way than the one before it.
const SLACK: Duration = Duration::from_millis(50);

/// Stands for a provider that lets in five at first, and one more each second.
struct Server {
    full_at: Cell<Instant>,
}

impl Server {
    async fn complete(&self, prompt: u64) -> Result<(), TooManyRequests> {
        println!("prompt {prompt} sent");
        let now = Instant::now();
        let full = now.max(self.full_at.get()) + EVERY;
        if full - now > BURST * EVERY + SLACK {
            println!("prompt {prompt} got 429");
            return Err(TooManyRequests);
        }
        self.full_at.set(full);
        // No two answers at once.
        sleep(Duration::from_millis(850 - 150 * (prompt % 5))).await;
        println!("prompt {prompt} answered");
        Ok(())
    }
}

/// Knows when it will be full again; that says how many tokens it has now.
struct Bucket(Mutex<Instant>);

impl Bucket {
    async fn take(&self) {
        // A fair lock, so its waiters are the queue.
        let mut full_at = self.0.lock().await;
        let now = Instant::now();
        let full = now.max(*full_at) + EVERY; // once we have our token
        let wait = (full - now).saturating_sub(BURST * EVERY);
        // Even a sleep of nothing lasts about a millisecond.
        if !wait.is_zero() {
            sleep(wait).await;
        }
        // A caller that left during the sleep has taken nothing, and one that
        // woke late doesn't give the bucket more than it can hold.
        *full_at = Instant::now().max(*full_at) + EVERY;
    }
}

async fn complete_all() -> Vec<Result<(), TooManyRequests>> {
    let full_at = Cell::new(Instant::now());
    let server = Server { full_at };
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
    use futures::FutureExt;
    use tokio::time::advance;

    /// Five tokens at once, then one a second: twelve calls take 7.7 s.
    #[tokio::test(start_paused = true)]
    async fn twelve_calls_wait_for_seven_tokens_and_none_is_refused() {
        let start = Instant::now();
        assert_eq!(complete_all().await, [const { Ok(()) }; 12]);
        assert_eq!(start.elapsed(), Duration::from_millis(7700));
    }

    /// A token that is there is taken at once, by tokio's real clock.
    #[tokio::test]
    async fn who_finds_a_token_does_not_sleep() {
        let bucket = Bucket(Mutex::new(Instant::now()));
        for _ in 0..BURST {
            assert_eq!(bucket.take().now_or_never(), Some(()));
        }
        assert_eq!(bucket.take().now_or_never(), None);
    }

    /// A caller that wakes after 7 s finds five tokens and not six: after it
    /// four may leave at once, and the next a second later.
    #[tokio::test(start_paused = true)]
    async fn a_late_wake_up_adds_nothing_to_a_full_bucket() {
        let start = Instant::now();
        let bucket = Bucket(Mutex::new(start));
        for _ in 0..BURST {
            bucket.take().await;
        }
        let late = advance(Duration::from_secs(7));
        tokio::join!(biased; bucket.take(), late);
        for _ in 0..BURST {
            bucket.take().await;
        }
        assert_eq!(start.elapsed(), Duration::from_secs(8));
    }
}
