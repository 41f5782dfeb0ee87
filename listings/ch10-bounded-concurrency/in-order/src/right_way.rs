//! A wide window, a narrow gate: `cargo run --bin in-order-right-way`
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

const LATENCIES: [u64; 6] = [3500, 1000, 1200, 3500, 900, 1100];

async fn complete(prompt: usize, latency: u64) -> usize {
    println!("prompt {prompt} sent");
    sleep(Duration::from_millis(latency)).await;
    println!("prompt {prompt} answered");
    prompt
}

async fn complete_all(latencies: &[u64]) -> Vec<usize> {
    let permits = Semaphore::new(3); // how many are under way
    stream::iter(latencies.iter().enumerate())
        .map(async |(prompt, &latency)| {
            let _permit = permits.acquire().await.expect("never closed");
            complete(prompt, latency).await
        })
        .buffered(6) // how many are held: under way, or answered and waiting
        .inspect(|prompt| println!("prompt {prompt} given out"))
        .collect()
        .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let completions = complete_all(&LATENCIES).await;
    let took = start.elapsed();
    println!("{completions:?} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 4, "an answer that waits holds no permit");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wider window gives six answers in order after 4.5 s.
    #[tokio::test(start_paused = true)]
    async fn a_wide_window_takes_four_and_a_half_seconds() {
        let start = Instant::now();
        assert_eq!(complete_all(&LATENCIES).await, [0, 1, 2, 3, 4, 5]);
        assert_eq!(start.elapsed(), Duration::from_millis(4500));
    }

    /// Behind a call of 9 s the window holds five others. The last six of
    /// twelve begin when it is given out, and take two rounds of 0.1 s.
    #[tokio::test(start_paused = true)]
    async fn a_window_of_six_holds_six_of_twelve() {
        let start = Instant::now();
        let mut latencies = [100; 12];
        latencies[0] = 9000;
        assert!(complete_all(&latencies).await.into_iter().eq(0..12));
        assert_eq!(start.elapsed(), Duration::from_millis(9200));
    }
}
