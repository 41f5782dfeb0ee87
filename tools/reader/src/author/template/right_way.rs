//! Two calls at once: `cargo run --bin NAME-right-way`
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
    tokio::join!(ask("one", 1), ask("two", 2))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let (one, two) = answers().await;
    let took = start.elapsed();
    println!("{one} and {two} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 2, "as long as the longer one");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At once, the two calls take as long as the longer one.
    #[tokio::test(start_paused = true)]
    async fn two_calls_at_once_take_two_seconds() {
        let start = Instant::now();
        answers().await;
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
