//! Governor knows what never fits: `cargo run --bin too-large-better-way`
use governor::{DefaultDirectRateLimiter, InsufficientCapacity};
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

const MOST: NonZeroU32 = NonZeroU32::new(10_000).expect("not 0");
const TOO_MANY: NonZeroU32 = NonZeroU32::new(12_000).expect("not 0");

fn tokens_per_minute() -> DefaultDirectRateLimiter {
    RateLimiter::direct(Quota::per_minute(MOST))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (start, limiter) = (Instant::now(), tokens_per_minute());
    limiter.until_n_ready(MOST).await.expect("it fits");
    println!("{MOST} tokens may be sent");
    let InsufficientCapacity(most) = limiter
        .until_n_ready(TOO_MANY)
        .await
        .expect_err("it never fits");
    println!("{TOO_MANY} tokens never fit into {most}");
    assert!(start.elapsed() < Duration::from_mins(1), "without a wait");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Governor refuses what never fits, though its bucket is empty.
    #[tokio::test]
    async fn governor_refuses_at_once_what_never_fits() {
        let (start, limiter) = (Instant::now(), tokens_per_minute());
        assert!(limiter.until_n_ready(MOST).await.is_ok());
        assert!(limiter.until_n_ready(TOO_MANY).await.is_err());
        assert!(start.elapsed() < Duration::from_mins(1));
    }
}
