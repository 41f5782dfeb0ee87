//! A batch of prompts, all at once: `cargo run --bin batch-right-way`
use futures::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PROMPTS: [&str; 5] = [
    "What is the capital of France?",
    "Explain quantum computing in simple terms",
    "Write a haiku about programming",
    "What are the benefits of async programming?",
    "How do neural networks work?",
];

/// Stands for a call to a model: all of its time is latency.
async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_secs(2)).await;
    println!("Answered: {prompt}");
    format!("A completion of «{prompt}»")
}

async fn complete_all(prompts: &[&str]) -> Vec<String> {
    // One await for the whole batch: the latencies overlap.
    join_all(prompts.iter().map(|prompt| complete(prompt))).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let completions = complete_all(&PROMPTS).await;
    let took = start.elapsed();
    let count = completions.len();
    println!("{count} completions after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 2, "five latencies at once");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five prompts at once take the latency of one.
    #[tokio::test(start_paused = true)]
    async fn five_prompts_at_once_take_two_seconds() {
        let start = Instant::now();
        complete_all(&PROMPTS).await;
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    /// One prompt alone gains nothing from being asynchronous.
    #[tokio::test(start_paused = true)]
    async fn one_prompt_alone_takes_two_seconds_too() {
        let start = Instant::now();
        complete_all(&PROMPTS[..1]).await;
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    /// The completions come in the order of the prompts.
    #[tokio::test(start_paused = true)]
    async fn completions_stand_in_the_order_of_the_prompts() {
        let completions = complete_all(&PROMPTS[3..]).await;
        let first = "A completion of «What are the benefits of async \
                     programming?»";
        assert_eq!(completions[0], first);
        assert_eq!(completions.len(), 2);
    }
}
