//! Three by three: `cargo run --bin head-of-line-wrong-way`
use futures::future::join_all;
use std::num::NonZeroUsize;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const LATENCIES: [u64; 6] = [3500, 1000, 1200, 3500, 900, 1100];
const AT_ONCE: NonZeroUsize = NonZeroUsize::new(3).expect("three");

async fn complete(prompt: usize, latency: u64) -> String {
    println!("prompt {prompt} sent");
    sleep(Duration::from_millis(latency)).await;
    println!("prompt {prompt} answered");
    format!("answer {prompt}")
}

async fn complete_all(latencies: &[u64], at_once: NonZeroUsize) -> Vec<String> {
    let calls: Vec<(usize, &u64)> = latencies.iter().enumerate().collect();
    let mut completions = Vec::new();
    for chunk in calls.chunks(at_once.get()) {
        // The next chunk waits for the slowest call of this one.
        let calls = chunk.iter().map(|&(prompt, ms)| complete(prompt, *ms));
        completions.extend(join_all(calls).await);
    }
    completions
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let completions = complete_all(&LATENCIES, AT_ONCE).await.join(", ");
    let took = start.elapsed();
    println!("{completions} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 7, "the slow call of each chunk, twice");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(prompt: usize) -> String {
        format!("answer {prompt}")
    }

    /// Three by three, each chunk takes as long as its slowest call.
    #[tokio::test(start_paused = true)]
    async fn chunks_of_three_take_seven_seconds() {
        let start = Instant::now();
        let completions = complete_all(&LATENCIES, AT_ONCE).await;
        assert!(completions.into_iter().eq((0..6).map(answer)));
        assert_eq!(start.elapsed(), Duration::from_secs(7));
    }

    /// Two hundred calls, each tenth of 10 s, the rest of 1 s: 200 s.
    #[tokio::test(start_paused = true)]
    async fn two_hundred_calls_in_chunks_of_ten_take_200_seconds() {
        let start = Instant::now();
        let latencies: Vec<u64> = (0..200)
            .map(|call| if call % 10 == 0 { 10_000 } else { 1000 })
            .collect();
        let ten = NonZeroUsize::new(10).expect("ten");
        let completions = complete_all(&latencies, ten).await;
        assert_eq!(start.elapsed(), Duration::from_secs(200));
        assert!(completions.into_iter().eq((0..200).map(answer)));
    }
}
