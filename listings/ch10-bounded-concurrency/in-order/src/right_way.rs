//! A wide window, a narrow gate: `cargo run --bin in-order-right-way`
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

const LATENCIES: [u64; 6] = [3500, 1000, 1200, 3500, 900, 1100];

async fn complete(prompt: usize) -> usize {
    println!("prompt {prompt} sent");
    sleep(Duration::from_millis(LATENCIES[prompt])).await;
    println!("prompt {prompt} answered");
    prompt
}

async fn complete_all() -> Vec<usize> {
    let permits = Semaphore::new(3); // how many are under way
    stream::iter(0..LATENCIES.len())
        .map(async |prompt| {
            let _permit = permits.acquire().await.expect("never closed");
            complete(prompt).await
        })
        .buffered(6) // how many are held: under way, or answered and waiting
        .inspect(|prompt| println!("prompt {prompt} given out"))
        .collect()
        .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let completions = complete_all().await;
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
        assert_eq!(complete_all().await, [0, 1, 2, 3, 4, 5]);
        assert_eq!(start.elapsed(), Duration::from_millis(4500));
    }
}
