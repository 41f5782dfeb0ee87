//! One await, two uses: `cargo run --bin one-result-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn complete(prompt: &'static str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_secs(1)).await; // the model thinks
    println!("Answered: {prompt}");
    String::from("Short waves scatter most.")
}

async fn show_and_save() -> (String, String) {
    let call = tokio::spawn(complete("Why is the sky blue?"));
    // The handle ends here; what it gave is yours to copy or to lend.
    let shown = call.await.expect("the task should not panic");
    let saved = shown.clone();
    (shown, saved)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let (shown, saved) = show_and_save().await;
    println!("Shown: {shown}");
    println!("Saved: {saved}");
    let took = start.elapsed();
    println!("Both uses after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 1, "one call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One call serves both uses.
    #[tokio::test(start_paused = true)]
    async fn two_uses_of_a_result_take_one_call() {
        let start = Instant::now();
        let (shown, saved) = show_and_save().await;
        assert_eq!(shown, saved);
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    /// A handle that is polled again after it gave its result panics.
    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "JoinHandle polled after completion")]
    async fn a_result_cannot_be_taken_again_by_reference() {
        let mut call = tokio::spawn(complete("Why is the sky blue?"));
        (&mut call).await.expect("the task should not panic");
        let _ = (&mut call).await;
    }
}
