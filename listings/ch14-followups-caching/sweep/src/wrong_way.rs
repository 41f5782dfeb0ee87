//! Twelve settings, one at a time: `cargo run --bin sweep-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

const MODELS: [&str; 3] = ["Small", "Medium", "Large"];
const TEMPERATURES: [f64; 4] = [0.0, 0.3, 0.7, 1.0];

/// Milliseconds: a row a model, a column a temperature.
const LATENCY: [[u64; 4]; 3] = [
    [770, 790, 810, 830],
    [1000, 1000, 1000, 1000],
    [1245, 1215, 1185, 1155],
];

async fn ask(model: usize, temperature: usize) -> String {
    let (name, degree) = (MODELS[model], TEMPERATURES[temperature]);
    println!("Asking {name} at {degree:.1}");
    sleep(Duration::from_millis(LATENCY[model][temperature])).await;
    format!("{name} at {degree:.1}")
}

async fn sweep() -> Vec<String> {
    let mut answers = Vec::new();
    for (model, name) in MODELS.iter().enumerate() {
        for temperature in 0..TEMPERATURES.len() {
            answers.push(ask(model, temperature).await); // the next one waits
        }
        println!("{name} complete");
    }
    answers
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answers = sweep().await;
    let took = start.elapsed();
    println!(
        "{} answers after {:.1} s",
        answers.len(),
        took.as_secs_f64()
    );
    assert_eq!(took.as_secs(), 12, "twelve latencies in turn");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve calls in turn take the sum of their latencies.
    #[tokio::test(start_paused = true)]
    async fn twelve_calls_in_turn_take_twelve_seconds() {
        let start = Instant::now();
        assert_eq!(sweep().await.len(), 12);
        assert_eq!(start.elapsed(), Duration::from_secs(12));
    }
}
