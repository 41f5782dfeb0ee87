//! Four models at once: `cargo run --bin compare-models-right-way`
use futures::future::join_all;
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
    // Each response comes with its model, so there is nothing to zip.
    join_all(MODELS.map(|(model, latency)| ask(model, latency))).await
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
    assert_eq!(took.as_secs(), 2, "as long as the slowest model");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Models asked at once take as long as the slowest of them.
    #[tokio::test(start_paused = true)]
    async fn four_models_at_once_take_two_and_a_half_seconds() {
        let start = Instant::now();
        compare().await;
        assert_eq!(start.elapsed(), Duration::from_millis(2500));
    }

    /// Each response is that of its model, in the order of the models.
    #[tokio::test(start_paused = true)]
    async fn responses_come_in_the_order_of_the_models() {
        let responses = compare().await;
        let models = responses.iter().map(|(model, _)| *model);
        assert!(models.eq(MODELS.map(|(model, _)| model)));
        for (model, response) in responses {
            assert!(response.starts_with(&format!("Response from {model}")));
        }
    }
}
