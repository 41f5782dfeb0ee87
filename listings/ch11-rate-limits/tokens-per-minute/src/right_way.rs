//! A bucket of tokens: `cargo run --bin tokens-per-minute-right-way`
use futures::future::join_all;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

const MOST: u32 = 10_000; // tokens a minute
const EACH: Duration = Duration::from_millis(6); // 60 s / 10 000

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("429 Too Many Requests")]
struct TooManyTokens;

/// Stands for a provider that counts the tokens it promised.
struct Server {
    opened: Instant,
    promised: AtomicU32,
}

impl Server {
    async fn complete(&self, tokens: u32) -> Result<(), TooManyTokens> {
        println!("{tokens} tokens sent");
        let used = self.promised.load(Relaxed) + tokens;
        if used * EACH > MOST * EACH + self.opened.elapsed() {
            println!("{tokens} tokens got 429");
            return Err(TooManyTokens);
        }
        self.promised.store(used, Relaxed);
        sleep(Duration::from_millis((tokens / 2).into())).await;
        println!("{tokens} tokens answered");
        Ok(())
    }
}

/// Full at first; it knows when it will be full again.
struct Bucket(Mutex<Instant>);

impl Bucket {
    async fn take(&self, tokens: u32) {
        let mut full_at = self.0.lock().await;
        let now = Instant::now();
        let full = now.max(*full_at) + tokens * EACH;
        sleep((full - now).saturating_sub(MOST * EACH)).await;
        *full_at = full;
    }
}

async fn complete_all() -> Vec<Result<(), TooManyTokens>> {
    let (opened, promised) = (Instant::now(), 0.into());
    let server = Server { opened, promised };
    let bucket = Bucket(Mutex::new(opened));
    join_all([6000, 3000, 4000].map(async |tokens| {
        bucket.take(tokens).await;
        server.complete(tokens).await
    }))
    .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let results = complete_all().await;
    let refused = results.iter().filter(|result| result.is_err()).count();
    println!("{} requests, {refused} refused", results.len());
    assert_eq!(refused, 0, "the third waited for its tokens");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The third request waits 18 s for its tokens, then takes 2 s.
    #[tokio::test(start_paused = true)]
    async fn the_third_request_starts_at_eighteen_seconds() {
        let start = Instant::now();
        assert_eq!(complete_all().await, [const { Ok(()) }; 3]);
        assert_eq!(start.elapsed(), Duration::from_secs(18 + 2));
    }
}
