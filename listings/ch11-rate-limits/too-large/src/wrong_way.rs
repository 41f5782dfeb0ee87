//! Waiting for what never comes: `cargo run --bin too-large-wrong-way`
use futures::future::join_all;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

const BURST: u32 = 10_000; // tokens that a full bucket holds
const EACH: Duration = Duration::from_millis(1); // 60 000 a minute

/// Full at first; it knows when it will be full again.
struct Bucket(Mutex<Instant>);

impl Bucket {
    async fn take(&self, tokens: u32) {
        let mut full_at = self.0.lock().await;
        loop {
            let now = Instant::now();
            let full = now.max(*full_at) + tokens * EACH;
            let wait = (full - now).saturating_sub(BURST * EACH);
            if wait.is_zero() {
                *full_at = full;
                return;
            }
            sleep(wait).await; // and look again
        }
    }
}

async fn send(bucket: &Bucket, tokens: u32) {
    println!("{tokens} tokens wait");
    bucket.take(tokens).await;
    println!("{tokens} tokens sent");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let bucket = Bucket(Mutex::new(Instant::now()));
    join_all([6000, 12_000, 100].map(|tokens| send(&bucket, tokens))).await;
    unreachable!("the bucket is never so full");
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::select;
    use std::pin::pin;
    use tokio::time::timeout;

    /// An hour is not enough for what doesn't fit, nor for those behind it.
    #[tokio::test(start_paused = true)]
    async fn what_never_fits_waits_for_ever_and_all_others_behind_it() {
        let bucket = Bucket(Mutex::new(Instant::now()));
        let large = pin!(send(&bucket, 12_000));
        let small = pin!(send(&bucket, 1));
        let hour = Duration::from_hours(1);
        assert!(timeout(hour, select(large, small)).await.is_err());
    }
}
