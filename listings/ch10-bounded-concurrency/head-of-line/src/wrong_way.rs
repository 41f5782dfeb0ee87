//! Three by three: `cargo run --bin head-of-line-wrong-way`
use futures::future::join_all;
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
    let prompts: Vec<usize> = (0..LATENCIES.len()).collect();
    let mut completions = Vec::new();
    for three in prompts.chunks(3) {
        // The next three wait for the slowest of these.
        let calls = three.iter().map(|&prompt| complete(prompt));
        completions.extend(join_all(calls).await);
    }
    completions
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let completions = complete_all().await;
    let took = start.elapsed();
    println!("{completions:?} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 8, "the slow call of each chunk, twice");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three by three, each chunk takes as long as its slowest call.
    #[tokio::test(start_paused = true)]
    async fn chunks_of_three_take_eight_seconds() {
        let start = Instant::now();
        assert_eq!(complete_all().await, [0, 1, 2, 3, 4, 5]);
        assert_eq!(start.elapsed(), Duration::from_secs(8));
    }
}
