//! Time the call: `cargo run --bin timeout-on-a-handle-better-way`
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

async fn complete(bill: Arc<AtomicU32>) -> String {
    println!("Request sent");
    sleep(Duration::from_secs(2)).await; // the model takes its time
    bill.fetch_add(1, Ordering::Relaxed); // who gets an answer, pays for it
    println!("Answer billed");
    String::from("An answer")
}

async fn ask_within(limit: Duration, bill: Arc<AtomicU32>) {
    // No task: the timeout owns the call and drops it at the limit.
    if timeout(limit, complete(bill)).await.is_err() {
        println!("Timed out");
        println!("Call cancelled");
    }
}

async fn serve_two_users() -> u32 {
    let bill = Arc::new(AtomicU32::new(0));
    ask_within(Duration::from_secs(1), Arc::clone(&bill)).await;
    println!("Serving the next user...");
    sleep(Duration::from_secs(2)).await; // the program lives on, as servers do
    println!("Next user served");
    bill.load(Ordering::Relaxed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let billed = serve_two_users().await;
    let took = start.elapsed();
    println!(
        "Answers billed: {billed}, after {:.1} s",
        took.as_secs_f64()
    );
    assert_eq!(billed, 0, "dropped before its answer");
    assert_eq!(took.as_secs(), 3, "the limit, then the next user");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call that its timeout owns ends with it and is never billed.
    #[tokio::test(start_paused = true)]
    async fn a_call_dropped_at_the_limit_is_not_billed() {
        let start = Instant::now();
        assert_eq!(serve_two_users().await, 0);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
}
