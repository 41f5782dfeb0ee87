//! Refused before it waits: `cargo run --bin too-large-right-way`
use std::time::Duration;
use tokio::time::sleep;

const MOST: u32 = 10_000; // tokens in a full bucket
const A_SECOND: u32 = 166;

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} tokens never fit into {MOST}")]
struct TooLarge(u32);

struct Bucket {
    level: u32,
}

impl Bucket {
    async fn take(&mut self, tokens: u32) -> Result<(), TooLarge> {
        if tokens > MOST {
            return Err(TooLarge(tokens)); // before any waiting
        }
        while self.level < tokens {
            sleep(Duration::from_secs(1)).await;
            self.level = MOST.min(self.level + A_SECOND);
        }
        self.level -= tokens;
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut bucket = Bucket { level: MOST };
    bucket.take(6000).await.expect("it fits");
    println!("6000 tokens may be sent");
    let too_large = bucket.take(12_000).await.expect_err("it never fits");
    println!("{too_large}");
    assert_eq!(too_large, TooLarge(12_000));
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    /// What does not fit into the bucket is refused at once.
    #[tokio::test(start_paused = true)]
    async fn a_request_larger_than_the_bucket_is_refused_at_once() {
        let mut bucket = Bucket { level: MOST };
        let taken = timeout(Duration::ZERO, bucket.take(MOST + 1)).await;
        assert_eq!(taken, Ok(Err(TooLarge(MOST + 1))));
        assert_eq!(bucket.take(MOST).await, Ok(()));
    }
}
