//! Await where a runtime is at work: `cargo run --bin nested-runtime-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_millis(500)).await; // the network's part
    println!("Answered");
    "42".to_owned()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    println!("Calling complete");
    // The runtime that runs `main` runs this future too.
    let answer = complete("What is 6 times 7?").await;
    println!("Answer: {answer}");
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert!((500..1500).contains(&took.as_millis()), "one call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An awaited call runs on the runtime that is there.
    #[tokio::test(start_paused = true)]
    async fn an_awaited_call_answers_after_half_a_second() {
        let start = Instant::now();
        assert_eq!(complete("What is 6 times 7?").await, "42");
        assert_eq!(start.elapsed(), Duration::from_millis(500));
    }
}
