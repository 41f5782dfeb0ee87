//! Refused before it waits: `cargo run --bin too-large-right-way`
use futures::future::join_all;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

const BURST: u32 = 10_000; // tokens that a full bucket holds
const EACH: Duration = Duration::from_millis(1); // 60 000 a minute

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} tokens never fit into {BURST}")]
struct TooLarge(u32);

/// Full at first; it knows when it will be full again.
struct Bucket(Mutex<Instant>);

impl Bucket {
    async fn take(&self, tokens: u32) -> Result<(), TooLarge> {
        if tokens > BURST {
            return Err(TooLarge(tokens)); // before it joins the queue
        }
        let mut full_at = self.0.lock().await;
        loop {
            let now = Instant::now();
            let full = now.max(*full_at) + tokens * EACH;
            let wait = (full - now).saturating_sub(BURST * EACH);
            if wait.is_zero() {
                *full_at = full;
                return Ok(());
            }
            sleep(wait).await; // and look again
        }
    }
}

async fn send(bucket: &Bucket, tokens: u32) -> Result<(), TooLarge> {
    println!("{tokens} tokens wait");
    bucket.take(tokens).await?;
    println!("{tokens} tokens sent");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bucket = Bucket(Mutex::new(Instant::now()));
    let calls = [6000, 12_000, 100].map(|tokens| send(&bucket, tokens));
    let results = join_all(calls).await;
    for too_large in results.iter().filter_map(|sent| sent.as_ref().err()) {
        println!("{too_large}");
    }
    assert_eq!(results, [Ok(()), Err(TooLarge(12_000)), Ok(())]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What doesn't fit is refused at once, and the next is sent at once.
    #[tokio::test(start_paused = true)]
    async fn what_never_fits_is_refused_and_nobody_waits_behind_it() {
        let start = Instant::now();
        let bucket = Bucket(Mutex::new(start));
        let large = send(&bucket, BURST + 1);
        let (large, small) = tokio::join!(large, send(&bucket, 1));
        assert_eq!((large, small), (Err(TooLarge(BURST + 1)), Ok(())));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
