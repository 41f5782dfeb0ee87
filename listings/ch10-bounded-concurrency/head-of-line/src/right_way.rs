//! Any call that ends makes room: `cargo run --bin head-of-line-right-way`
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

async fn complete_all(latencies: &[u64], at_once: usize) -> Vec<usize> {
    let calls = latencies.iter().enumerate();
    let mut completions: Vec<usize> = stream::iter(calls)
        .map(|(prompt, &latency)| complete(prompt, latency))
        .buffer_unordered(at_once) // any call that ends makes room
        .collect()
        .await;
    completions.sort_unstable(); // they came in the order of their ends
    completions
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let completions = complete_all(&LATENCIES, 3).await;
    let took = start.elapsed();
    println!("{completions:?} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 4, "the second slow call begins at 1 s");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next call begins when any has ended: six calls take 4.5 s.
    #[tokio::test(start_paused = true)]
    async fn calls_that_make_room_take_four_and_a_half_seconds() {
        let start = Instant::now();
        assert_eq!(complete_all(&LATENCIES, 3).await, [0, 1, 2, 3, 4, 5]);
        assert_eq!(start.elapsed(), Duration::from_millis(4500));
    }

    /// Two hundred calls, each tenth of 10 s, the rest of 1 s: 44 s.
    #[tokio::test(start_paused = true)]
    async fn two_hundred_calls_ten_at_once_take_44_seconds() {
        let start = Instant::now();
        let latencies: Vec<u64> = (0..200)
            .map(|call| if call % 10 == 0 { 10_000 } else { 1000 })
            .collect();
        complete_all(&latencies, 10).await;
        assert_eq!(start.elapsed(), Duration::from_secs(44));
    }
}
