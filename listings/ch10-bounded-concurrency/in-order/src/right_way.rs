//! Sorted when all are there: `cargo run --bin in-order-right-way`
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tokio::time::{Instant, sleep};

const LATENCIES: [u64; 6] = [4000, 1000, 1010, 4000, 980, 1000];

async fn complete(prompt: usize) -> usize {
    println!("prompt {prompt} sent");
    sleep(Duration::from_millis(LATENCIES[prompt])).await;
    println!("prompt {prompt} answered");
    prompt
}

async fn complete_all() -> Vec<usize> {
    let mut completions: Vec<(usize, usize)> = stream::iter(0..LATENCIES.len())
        .map(async |prompt| (prompt, complete(prompt).await))
        .buffer_unordered(3)
        .collect()
        .await;
    completions.sort_unstable_by_key(|&(prompt, _)| prompt);
    completions.into_iter().map(|(_, text)| text).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let completions = complete_all().await;
    let took = start.elapsed();
    println!("{completions:?} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 5, "order costs nothing at the end");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sorted at the end, six answers are in order after 5 s.
    #[tokio::test(start_paused = true)]
    async fn sorted_at_the_end_six_calls_take_five_seconds() {
        let start = Instant::now();
        assert_eq!(complete_all().await, [0, 1, 2, 3, 4, 5]);
        assert_eq!(start.elapsed(), Duration::from_secs(5));
    }
}
