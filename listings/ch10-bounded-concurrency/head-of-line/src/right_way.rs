//! Whoever ends makes room: `cargo run --bin head-of-line-right-way`
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
    stream::iter(0..LATENCIES.len())
        .map(complete)
        .buffer_unordered(3) // whoever ends makes room for the next
        .collect()
        .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let completions = complete_all().await;
    let took = start.elapsed();
    println!("{completions:?} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 5, "the second slow call begins at 1 s");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The next call begins when any has ended.
    #[tokio::test(start_paused = true)]
    async fn calls_that_make_room_take_five_seconds() {
        let start = Instant::now();
        assert_eq!(complete_all().await, [1, 2, 4, 5, 0, 3]);
        assert_eq!(start.elapsed(), Duration::from_secs(5));
    }
}
