//! Four models, one after another: `cargo run --bin compare-models-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PROMPT: &str = "What are the key principles of software engineering?";

/// The models, and the latency of each in milliseconds.
const MODELS: [(&str, u64); 4] = [
    ("gpt-4", 1000),
    ("claude-3", 1500),
    ("gemini-pro", 2000),
    ("llama-70b", 2500),
];

async fn ask(model: &'static str, latency: u64) -> (&'static str, String) {
    println!("[{model}] Sending request");
    sleep(Duration::from_millis(latency)).await;
    println!("[{model}] Received response");
    let simulated = "This is a simulated response to";
    (
        model,
        format!("Response from {model}: {simulated} '{PROMPT}'"),
    )
}

async fn compare() -> Vec<(&'static str, String)> {
    let mut responses = Vec::new();
    for (model, latency) in MODELS {
        // The next model isn't asked until this one has answered.
        responses.push(ask(model, latency).await);
    }
    responses
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let responses = compare().await;
    let took = start.elapsed();
    for (model, response) in responses {
        println!("{model}: {response:.50}...");
    }
    println!("All models after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 7, "the sum of the latencies");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Models asked in turn take the sum of their latencies.
    #[tokio::test(start_paused = true)]
    async fn four_models_in_turn_take_seven_seconds() {
        let start = Instant::now();
        compare().await;
        assert_eq!(start.elapsed(), Duration::from_secs(7));
    }
}
