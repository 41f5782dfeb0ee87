//! Twelve settings, one at a time: `cargo run --bin sweep-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

const EFFORTS: [&str; 3] = ["Low", "Medium", "High"];
const MODELS: [&str; 2] = ["Large", "Small"];
const PROMPTS: [&str; 2] = ["Plain", "Steps"];

/// Milliseconds: a row an effort, a column a model and a prompt. Small takes no
/// high effort, and says so.
const LATENCY: [[u64; 4]; 3] = [
    [270, 290, 310, 330],
    [500, 500, 500, 500],
    [745, 715, 200, 200],
];

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("400: this model does not support that effort")]
struct Unsupported;

async fn ask(row: usize, column: usize) -> Result<String, Unsupported> {
    let (model, prompt) = (MODELS[column / 2], PROMPTS[column % 2]);
    let name = format!("{} {model} {prompt}", EFFORTS[row]);
    println!("Asking {name}");
    sleep(Duration::from_millis(LATENCY[row][column])).await;
    if (EFFORTS[row], model) == ("High", "Small") {
        return Err(Unsupported);
    }
    Ok(name)
}

async fn sweep() -> Vec<Result<String, Unsupported>> {
    let mut answers = Vec::new();
    for (row, effort) in EFFORTS.iter().enumerate() {
        for column in 0..MODELS.len() * PROMPTS.len() {
            answers.push(ask(row, column).await); // the next one waits
        }
        println!("{effort} complete");
    }
    answers
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answers = sweep().await;
    let answered = answers.iter().flatten().count();
    println!("{answered} answers of {}", answers.len());
    let sum = LATENCY.iter().flatten().sum();
    assert!(start.elapsed() >= Duration::from_millis(sum), "in turn");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve calls in turn take the sum of their latencies, 5.06 s.
    #[tokio::test(start_paused = true)]
    async fn twelve_calls_in_turn_take_five_seconds() {
        let start = Instant::now();
        assert_eq!(sweep().await.len(), 12);
        assert_eq!(start.elapsed(), Duration::from_millis(5060));
    }
}
