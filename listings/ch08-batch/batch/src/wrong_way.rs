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
async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_secs(2)).await;
    println!("Answered: {prompt}");
    format!("A completion of «{prompt}»")
}

async fn complete_all(prompts: &[&str]) -> Vec<String> {
    let mut completions = Vec::new();
    for prompt in prompts {
        // The next prompt is not even sent until this one is answered.
        completions.push(complete(prompt).await);
    }
    completions
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let completions = complete_all(&PROMPTS).await;
    let took = start.elapsed();
    let count = completions.len();
    println!("{count} completions after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 10, "five latencies, one after another");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five prompts in turn take five times the latency of one.
    #[tokio::test(start_paused = true)]
    async fn five_prompts_in_turn_take_ten_seconds() {
        let start = Instant::now();
        complete_all(&PROMPTS).await;
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }
}
