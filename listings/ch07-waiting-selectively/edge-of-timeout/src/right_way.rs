//! Ready and too late at once: `cargo run --bin edge-of-timeout-right-way`
use std::time::Duration;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, sleep_until, timeout_at};

async fn ask(arrival: Instant) -> &'static str {
    println!("Asking");
    sleep_until(arrival).await;
    println!("Answered");
    "an answer"
}

async fn ask_until_the_edge() -> Result<&'static str, Elapsed> {
    let edge = Instant::now() + Duration::from_secs(3);
    // Polls the call first, and asks for the time only if it is pending.
    timeout_at(edge, ask(edge)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let answer = ask_until_the_edge().await;
    println!("{answer:?}");
    assert!(answer.is_ok(), "an answer that is there is never too late");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call that is ready when its time is up is an answer.
    #[tokio::test(start_paused = true)]
    async fn an_answer_at_the_edge_is_in_time() {
        let start = Instant::now();
        assert_eq!(ask_until_the_edge().await, Ok("an answer"));
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
}
