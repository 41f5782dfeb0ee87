//! One prompt, lent to two calls: `cargo run --bin borrowed-prompt-better-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn complete(model: &str, millis: u64, prompt: &str) -> String {
    println!("Asking {model}: {prompt}");
    sleep(Duration::from_millis(millis)).await; // the model thinks
    println!("{model} answered");
    format!("{model} on: {prompt}")
}

async fn compare(prompt: &str) -> (String, String) {
    // Both calls live inside this function, so they end before `prompt` does.
    tokio::join!(
        complete("gpt-4", 1000, prompt),
        complete("claude-3", 1500, prompt),
    )
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let prompt = String::from("Name three rivers");
    let start = Instant::now();
    let (first, second) = compare(&prompt).await;
    let took = start.elapsed();
    println!("{first}");
    println!("{second}");
    println!("Compared in {:.1} s", took.as_secs_f64());
    assert!((1500..2500).contains(&took.as_millis()), "the slower call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two calls that borrow one prompt take as long as the slower of them.
    #[tokio::test(start_paused = true)]
    async fn two_borrowing_calls_take_as_long_as_the_slower() {
        let start = Instant::now();
        let (first, second) = compare("Name three rivers").await;
        assert_eq!(first, "gpt-4 on: Name three rivers");
        assert_eq!(second, "claude-3 on: Name three rivers");
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
    }
}
