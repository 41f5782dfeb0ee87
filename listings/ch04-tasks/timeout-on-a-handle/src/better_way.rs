//! Time the call: `cargo run --bin timeout-on-a-handle-better-way`
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Count = Arc<AtomicU32>;

async fn complete(answers: Count) -> String {
    println!("Request sent");
    sleep(Duration::from_secs(2)).await; // the model takes its time
    answers.fetch_add(1, Ordering::Relaxed); // and each answer is billed
    println!("Answer received");
    String::from("An answer")
}

async fn ask_within(limit: Duration, count: Count) -> Result<String, Error> {
    // No task: the timeout owns the call and drops it at the limit.
    Ok(timeout(limit, complete(count)).await?)
}

async fn serve_two_users() -> u32 {
    let answers = Count::default();
    match ask_within(Duration::from_secs(1), answers.clone()).await {
        Ok(answer) => println!("{answer}"),
        Err(error) => println!("Gave up: {error}"),
    }
    println!("Serving the next user...");
    sleep(Duration::from_secs(2)).await; // the program lives on, as servers do
    println!("Next user served");
    answers.load(Ordering::Relaxed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answers = serve_two_users().await;
    println!("Answers paid for: {answers}");
    assert_eq!(answers, 0, "dropped before its answer");
    assert_eq!(start.elapsed().as_secs(), 3, "limit + next user");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call that its timeout owns ends with it and gets no answer.
    #[tokio::test(start_paused = true)]
    async fn a_call_dropped_at_the_limit_gets_no_answer() {
        let start = Instant::now();
        assert_eq!(serve_two_users().await, 0);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
}
