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
async fn complete(model: &str, prompt: &str) -> String {
    println!("[{model}] Sending request: '{prompt}'");
    sleep(Duration::from_secs(2)).await;
    println!("[{model}] Received response to '{prompt}'");
    format!("Response from {model} to '{prompt}'")
}

async fn complete_all(model: &str, prompts: &[&str]) -> Vec<String> {
    // One await for the whole batch: the latencies overlap.
    join_all(prompts.iter().map(|prompt| complete(model, prompt))).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let responses = complete_all("gpt-4", &PROMPTS).await;
    let took = start.elapsed();
    let count = responses.len();
    println!(
        "All at once: {count} responses in {:.1} s",
        took.as_secs_f64()
    );
    assert_eq!(took.as_secs(), 2, "as long as one call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five prompts at once take the latency of one.
    #[tokio::test(start_paused = true)]
    async fn five_prompts_at_once_take_two_seconds() {
        let start = Instant::now();
        complete_all("gpt-4", &PROMPTS).await;
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    /// One prompt alone gains nothing from being asynchronous.
    #[tokio::test(start_paused = true)]
    async fn one_prompt_alone_takes_two_seconds_too() {
        let start = Instant::now();
        complete_all("gpt-4", &PROMPTS[..1]).await;
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    /// `join_all` has no bound: five thousand prompts are sent at once, too.
    #[tokio::test(start_paused = true)]
    async fn five_thousand_prompts_are_sent_at_once() {
        let start = Instant::now();
        complete_all("gpt-4", &vec!["Hello"; 5000]).await;
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    /// The responses come in the order of the prompts.
    #[tokio::test(start_paused = true)]
    async fn responses_come_in_the_order_of_the_prompts() {
        let responses = complete_all("gpt-4", &PROMPTS[3..]).await;
        let to = |prompt| format!("Response from gpt-4 to '{prompt}'");
        assert_eq!(responses, [to(PROMPTS[3]), to(PROMPTS[4])]);
    }
}
