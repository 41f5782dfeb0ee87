//! A bucket of tokens: `cargo run --bin tokens-per-minute-right-way`
use futures::future::join_all;
use std::cell::Cell;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

const BURST: u32 = 10_000; // tokens that a full bucket holds
const EACH: Duration = Duration::from_millis(1); // 60 000 a minute
/// One request may be quicker on its way than the one before it.
const SLACK: Duration = Duration::from_millis(50);

#[derive(Debug, PartialEq, thiserror::Error)]
enum Refused {
    #[error("429 Too Many Requests")]
    TooManyTokens,
    #[error("{0} tokens never fit into {BURST}")]
    TooLarge(u32),
}

/// Stands for a provider with such a bucket. It knows when it is full again.
struct Server(Cell<Instant>);

impl Server {
    async fn complete(&self, tokens: u32) -> Result<(), Refused> {
        println!("{tokens} tokens sent");
        let now = Instant::now();
        let full = now.max(self.0.get()) + tokens * EACH;
        if full - now > BURST * EACH + SLACK {
            println!("{tokens} tokens got 429");
            return Err(Refused::TooManyTokens);
        }
        self.0.set(full);
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
        let wait = (full - now).saturating_sub(BURST * EACH);
        // Even a sleep of nothing lasts about a millisecond.
        if !wait.is_zero() {
            sleep(wait).await;
        }
        // By the clock as it is now: a late wake-up adds no tokens to a
        // bucket that was full.
        *full_at = Instant::now().max(*full_at) + tokens * EACH;
        Ok(())
    }
}

async fn complete_all() -> Vec<Result<(), Refused>> {
    let opened = Instant::now();
    let server = Server(Cell::new(opened));
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
    use futures::FutureExt;
    use tokio::sync::Semaphore;
    use tokio::time::advance;

    /// The third request waits 3 s for its tokens, and the fourth behind it.
    #[tokio::test(start_paused = true)]
    async fn the_third_request_waits_for_its_tokens() {
        let start = Instant::now();
        assert_eq!(complete_all().await, [const { Ok(()) }; 4]);
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }

    /// A request that is larger than the bucket is refused without a wait, and
    /// one that fits is let in without one, by tokio's real clock.
    #[tokio::test]
    async fn a_request_larger_than_the_bucket_is_refused() {
        let bucket = Bucket(Mutex::new(Instant::now()));
        let refused = Err(Refused::TooLarge(BURST + 1));
        let take = |tokens| bucket.take(tokens).now_or_never();
        assert_eq!(take(BURST + 1), Some(refused));
        assert_eq!(take(BURST), Some(Ok(())));
    }

    /// Ten seconds fill the bucket. A wake-up after twenty finds no more in it.
    #[tokio::test(start_paused = true)]
    async fn a_late_wake_up_adds_nothing_to_a_full_bucket() {
        let start = Instant::now();
        let bucket = Bucket(Mutex::new(start));
        assert_eq!(bucket.take(BURST).await, Ok(()));
        let late = advance(Duration::from_secs(20));
        let (taken, ()) = tokio::join!(biased; bucket.take(1), late);
        assert_eq!(taken, Ok(()));
        assert_eq!(bucket.take(BURST).await, Ok(()));
        assert_eq!(start.elapsed(), Duration::from_millis(20_001));
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
