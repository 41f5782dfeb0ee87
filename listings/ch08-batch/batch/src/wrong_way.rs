//! A batch of prompts, one by one: `cargo run --bin batch-wrong-way`
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
    let mut responses = Vec::new();
    for prompt in prompts {
        // The next prompt is not even sent until this one is answered.
        responses.push(complete(model, prompt).await);
    }
    responses
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let responses = complete_all("gpt-4", &PROMPTS).await;
    let took = start.elapsed();
    let count = responses.len();
    println!(
        "One by one: {count} responses in {:.1} s",
        took.as_secs_f64()
    );
    assert_eq!(took.as_secs(), 10, "five latencies, one after another");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five prompts in turn take five times the latency of one.
    #[tokio::test(start_paused = true)]
    async fn five_prompts_in_turn_take_ten_seconds() {
        let start = Instant::now();
        complete_all("gpt-4", &PROMPTS).await;
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }
}
