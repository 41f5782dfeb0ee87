//! Time the handle: `cargo run --bin timeout-on-a-handle-wrong-way`
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
    let call = tokio::spawn(complete(count));
    // At the limit the handle is dropped. The task is not: it is detached.
    Ok(timeout(limit, call).await??)
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
    assert_eq!(answers, 1, "the call went on unseen");
    assert_eq!(start.elapsed().as_secs(), 3, "limit + next user");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The timeout gives up on the handle; the task goes on to its end.
    #[tokio::test(start_paused = true)]
    async fn a_call_that_timed_out_is_answered_all_the_same() {
        let start = Instant::now();
        assert_eq!(serve_two_users().await, 1);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
}
