//! In order, behind the first: `cargo run --bin in-order-wrong-way`
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const LATENCIES: [u64; 6] = [3500, 1000, 1200, 3500, 900, 1100];

async fn complete(prompt: usize, latency: u64) -> usize {
    println!("prompt {prompt} sent");
    sleep(Duration::from_millis(latency)).await;
    println!("prompt {prompt} answered");
    prompt
}

async fn complete_all(latencies: &[u64]) -> Vec<usize> {
    stream::iter(latencies.iter().enumerate())
        .map(|(prompt, &latency)| complete(prompt, latency))
        // An answer holds its place until all before it are given out.
        .buffered(3)
        .collect()
        .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let completions = complete_all(&LATENCIES).await;
    let took = start.elapsed();
    println!("{completions:?} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 7, "two places stood still for 2.5 s");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In order, three places take seven seconds, as chunks of three do.
    #[tokio::test(start_paused = true)]
    async fn three_places_in_order_take_seven_seconds() {
        let start = Instant::now();
        assert_eq!(complete_all(&LATENCIES).await, [0, 1, 2, 3, 4, 5]);
        assert_eq!(start.elapsed(), Duration::from_secs(7));
    }
}
