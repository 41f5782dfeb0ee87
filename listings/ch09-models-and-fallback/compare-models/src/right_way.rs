//! Four models at once: `cargo run --bin compare-models-right-way`
use futures::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The models, and the latency of each in milliseconds.
const MODELS: [(&str, u64); 4] = [
    ("gpt-4", 1000),
    ("claude-3", 1500),
    ("gemini-pro", 2000),
    ("llama-70b", 2500),
];

async fn ask(model: &'static str, latency: u64) -> (&'static str, String) {
    println!("Asking {model}");
    sleep(Duration::from_millis(latency)).await;
    println!("{model} answered");
    (model, format!("The principles, as {model} sees them"))
}

async fn compare() -> Vec<(&'static str, String)> {
    // Each call brings its model along: no zipping of two lists.
    join_all(MODELS.map(|(model, latency)| ask(model, latency))).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    for (model, answer) in compare().await {
        println!("{model}: {answer}");
    }
    let took = start.elapsed();
    println!("All models after {:.1} s", took.as_secs_f64());
    let seconds = took.as_secs_f64();
    assert!(
        (2.5..3.5).contains(&seconds),
        "as long as the slowest model"
    );
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

    /// The answers stand in the order of the models, whoever was first.
    #[tokio::test(start_paused = true)]
    async fn answers_stand_in_the_order_of_the_models() {
        let models: Vec<&str> = compare()
            .await
            .into_iter()
            .map(|(model, _)| model)
            .collect();
        assert_eq!(models, ["gpt-4", "claude-3", "gemini-pro", "llama-70b"]);
    }
}
