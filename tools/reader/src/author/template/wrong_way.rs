//! Two calls in turn: `cargo run --bin NAME-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A model that answers after so many seconds.
async fn ask(prompt: &str, seconds: u64) -> String {
    println!("Asking {prompt}");
    sleep(Duration::from_secs(seconds)).await;
    println!("Answered {prompt}");
    format!("an answer to {prompt}")
}

async fn answers() -> (String, String) {
    (ask("one", 1).await, ask("two", 2).await)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let (one, two) = answers().await;
    let took = start.elapsed();
    println!("{one} and {two} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 3, "the sum of both");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In turn, the two calls take the sum of their times.
    #[tokio::test(start_paused = true)]
    async fn two_calls_in_turn_take_three_seconds() {
        let start = Instant::now();
        answers().await;
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
}
