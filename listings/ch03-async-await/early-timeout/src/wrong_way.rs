//! A limit that starts too early: `cargo run --bin early-timeout-wrong-way`
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
    // The two seconds are counted from here; the call begins below.
    let call = timeout(Duration::from_secs(2), complete());
    println!("Prompt: {}", load_prompt().await);
    call.await
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
    assert!(summary.is_err(), "half a second was left for the call");
    assert_eq!(took.as_secs(), 2, "the limit, from where it was made");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A limit made early cuts off a call that is well within it.
    #[tokio::test(start_paused = true)]
    async fn a_call_of_one_second_misses_a_limit_of_two() {
        let start = Instant::now();
        assert!(summarise().await.is_err());
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
