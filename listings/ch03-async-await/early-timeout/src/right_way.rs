//! A limit that starts with the call: `cargo run --bin early-timeout-right-way`
use std::time::Duration;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, sleep, timeout};

async fn load_prompt() -> &'static str {
    println!("Loading the prompt");
    sleep(Duration::from_millis(1500)).await;
    "Summarise the minutes."
}

async fn complete() -> &'static str {
    println!("Asking");
    sleep(Duration::from_secs(1)).await; // well within the limit
    println!("Answered");
    "Nothing was decided."
}

async fn summarise() -> Result<&'static str, Elapsed> {
    println!("Prompt: {}", load_prompt().await);
    // Made where it is awaited: the limit and the call begin together.
    timeout(Duration::from_secs(2), complete()).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let summary = summarise().await;
    let took = start.elapsed();
    match &summary {
        Ok(text) => println!("{text}"),
        Err(late) => println!("No summary: {late}"),
    }
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(summary, Ok("Nothing was decided."));
    assert!((2500..3500).contains(&took.as_millis()), "1.5 s and 1 s");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A limit made at the await leaves the call all of its time.
    #[tokio::test(start_paused = true)]
    async fn a_call_of_one_second_meets_a_limit_of_two() {
        let start = Instant::now();
        assert_eq!(summarise().await, Ok("Nothing was decided."));
        assert_eq!(start.elapsed(), Duration::from_millis(2500));
    }
}
