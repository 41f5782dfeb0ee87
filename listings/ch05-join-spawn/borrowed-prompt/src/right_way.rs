//! Futures that borrow, joined: `cargo run --bin borrowed-prompt-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn ask(model: &str, latency: u64, prompt: &str) -> String {
    println!("Asking {model}");
    sleep(Duration::from_millis(latency)).await;
    println!("{model} answered");
    format!("{model} on «{prompt}»")
}

async fn ask_both(prompt: &str) -> (String, String) {
    // Both borrow the prompt. They end before this function does.
    tokio::join!(ask("gpt-4", 1000, prompt), ask("claude-3", 1500, prompt))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let prompt = String::from("Explain lifetimes");
    let (one, two) = ask_both(&prompt).await;
    println!("{one}; {two}");
    let took = start.elapsed().as_secs_f64();
    assert!((1.5..2.5).contains(&took), "as long as the slower model");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Joined futures may borrow, and take as long as the slower.
    #[tokio::test(start_paused = true)]
    async fn two_borrowers_take_one_and_a_half_seconds() {
        let start = Instant::now();
        let prompt = String::from("Explain lifetimes");
        let (one, _) = ask_both(&prompt).await;
        assert_eq!(one, "gpt-4 on «Explain lifetimes»");
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
    }
}
