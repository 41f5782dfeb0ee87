//! Tokio's timer without tokio: `cargo run --bin no-runtime-wrong-way`
use futures::executor::block_on;
use std::time::Duration;
use tokio::time::sleep;

async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_secs(1)).await; // needs tokio's timer: panics
    println!("Answered");
    "42".to_owned()
}

fn main() {
    // An executor that polls, and no more: it has no timer.
    let answer = block_on(complete("What is 6 times 7?"));
    println!("Answer: {answer}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another executor can poll the future, but has no timer for it.
    #[test]
    #[should_panic(expected = "there is no reactor running")]
    fn a_tokio_timer_outside_tokio_panics() {
        block_on(complete("What is 6 times 7?"));
    }
}
