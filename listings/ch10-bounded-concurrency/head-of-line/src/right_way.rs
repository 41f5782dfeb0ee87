//! Any call that ends makes room: `cargo run --bin head-of-line-right-way`
use futures::stream::{self, StreamExt};
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
    let calls = latencies.iter().enumerate();
    let mut completions: Vec<(usize, String)> = stream::iter(calls)
        .map(async |(prompt, &ms)| (prompt, complete(prompt, ms).await))
        .buffer_unordered(at_once.get()) // any call that ends makes room
        .collect()
        .await;
    // They came in the order of their ends, so each brought its prompt along.
    completions.sort_unstable_by_key(|(prompt, _)| *prompt);
    completions.into_iter().map(|(_, answer)| answer).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let completions = complete_all(&LATENCIES, AT_ONCE).await.join(", ");
    let took = start.elapsed();
    println!("{completions} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 4, "the second slow call begins at 1 s");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(prompt: usize) -> String {
        format!("answer {prompt}")
    }

    /// The next call begins when any has ended: six calls take 4.5 s.
    #[tokio::test(start_paused = true)]
    async fn calls_that_make_room_take_four_and_a_half_seconds() {
        let start = Instant::now();
        let completions = complete_all(&LATENCIES, AT_ONCE).await;
        assert!(completions.into_iter().eq((0..6).map(answer)));
        assert_eq!(start.elapsed(), Duration::from_millis(4500));
    }

    /// Two hundred calls, each tenth of 10 s, the rest of 1 s: 44 s. Their
    /// answers are in order of the prompts, in which "10" is behind "2".
    #[tokio::test(start_paused = true)]
    async fn two_hundred_calls_ten_at_once_take_44_seconds() {
        let start = Instant::now();
        let latencies: Vec<u64> = (0..200)
            .map(|call| if call % 10 == 0 { 10_000 } else { 1000 })
            .collect();
        let ten = NonZeroUsize::new(10).expect("ten");
        let completions = complete_all(&latencies, ten).await;
        assert_eq!(start.elapsed(), Duration::from_secs(44));
        assert!(completions.into_iter().eq((0..200).map(answer)));
    }
}
