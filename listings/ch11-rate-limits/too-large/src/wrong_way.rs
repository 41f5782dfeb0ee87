//! Waiting for what never comes: `cargo run --bin too-large-wrong-way`
use std::time::Duration;
use tokio::time::sleep;

const MOST: u32 = 10_000; // tokens in a full bucket
const A_SECOND: u32 = 166;

struct Bucket {
    level: u32,
}

impl Bucket {
    async fn take(&mut self, tokens: u32) {
        while self.level < tokens {
            sleep(Duration::from_secs(1)).await;
            self.level = MOST.min(self.level + A_SECOND);
        }
        self.level -= tokens;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut bucket = Bucket { level: MOST };
    bucket.take(6000).await;
    println!("6000 tokens may be sent");
    println!("12000 tokens wait");
    bucket.take(12_000).await;
    unreachable!("the bucket is never so full");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    /// An hour is not enough for what does not fit into the bucket.
    #[tokio::test(start_paused = true)]
    async fn a_request_larger_than_the_bucket_waits_for_ever() {
        let mut bucket = Bucket { level: MOST };
        let hour = Duration::from_hours(1);
        assert!(timeout(hour, bucket.take(MOST)).await.is_ok());
        assert!(timeout(hour, bucket.take(MOST + 1)).await.is_err());
    }
}
