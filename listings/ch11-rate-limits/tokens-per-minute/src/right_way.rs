//! A bucket of tokens: `cargo run --bin tokens-per-minute-right-way`
use futures::future::join_all;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

const BURST: u32 = 10_000; // tokens that a full bucket holds
const EACH: Duration = Duration::from_millis(1); // 60 000 a minute

#[derive(Debug, PartialEq, thiserror::Error)]
enum Refused {
    #[error("429 Too Many Requests")]
    TooManyTokens,
    #[error("{0} tokens never fit into {BURST}")]
    TooLarge(u32),
}

/// Stands for a provider that counts the tokens it promised.
struct Server {
    opened: Instant,
    promised: AtomicU32,
}

impl Server {
    async fn complete(&self, tokens: u32) -> Result<(), Refused> {
        println!("{tokens} tokens sent");
        let used = self.promised.load(Relaxed) + tokens;
        if used * EACH > BURST * EACH + self.opened.elapsed() {
            println!("{tokens} tokens got 429");
            return Err(Refused::TooManyTokens);
        }
        self.promised.store(used, Relaxed);
        sleep(Duration::from_millis((tokens / 4).into())).await;
        println!("{tokens} tokens answered");
        Ok(())
    }
}

/// Full at first; it knows when it will be full again.
struct Bucket(Mutex<Instant>);

impl Bucket {
    async fn take(&self, tokens: u32) -> Result<(), Refused> {
        if tokens > BURST {
            return Err(Refused::TooLarge(tokens)); // no wait would help
        }
        // Those behind wait here, however little they want.
        let mut full_at = self.0.lock().await;
        let now = Instant::now();
        let full = now.max(*full_at) + tokens * EACH;
        sleep((full - now).saturating_sub(BURST * EACH)).await;
        *full_at = full;
        Ok(())
    }
}

async fn complete_all() -> Vec<Result<(), Refused>> {
    let (opened, promised) = (Instant::now(), 0.into());
    let server = Server { opened, promised };
    let bucket = Bucket(Mutex::new(opened));
    join_all([6000, 3000, 4000, 600].map(async |tokens| {
        bucket.take(tokens).await?;
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
    use tokio::sync::Semaphore;

    /// The third request waits 3 s for its tokens, and the fourth behind it.
    #[tokio::test(start_paused = true)]
    async fn the_third_request_waits_for_its_tokens() {
        let start = Instant::now();
        assert_eq!(complete_all().await, [const { Ok(()) }; 4]);
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }

    /// A request that is larger than the bucket is refused without a wait.
    #[tokio::test(start_paused = true)]
    async fn a_request_larger_than_the_bucket_is_refused() {
        let (start, bucket) =
            (Instant::now(), Bucket(Mutex::new(Instant::now())));
        let refused = Err(Refused::TooLarge(BURST + 1));
        assert_eq!(bucket.take(BURST + 1).await, refused);
        assert_eq!(bucket.take(BURST).await, Ok(()));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    /// 90 of 100 permits are free, and a small request waits 30 s for one.
    #[tokio::test(start_paused = true)]
    async fn a_large_waiter_makes_a_semaphore_look_full() {
        let (start, permits) = (Instant::now(), Semaphore::new(100));
        let hold = async |count, seconds| {
            let _permits = permits.acquire_many(count).await.expect("open");
            let since = start.elapsed();
            sleep(Duration::from_secs(seconds)).await;
            since
        };
        let (_, _, small) = tokio::join!(hold(10, 30), hold(95, 0), hold(1, 0));
        assert_eq!(small, Duration::from_secs(30));
    }
}
