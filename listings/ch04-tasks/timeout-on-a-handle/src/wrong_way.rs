//! Time the handle: `cargo run --bin timeout-on-a-handle-wrong-way`
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
    let call = tokio::spawn(complete(bill));
    // At the limit the handle is dropped. The task is not: it is detached.
    if timeout(limit, call).await.is_err() {
        println!("Timed out, so the call is over");
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
    assert_eq!(billed, 1, "the call went on unseen");
    assert_eq!(took.as_secs(), 3, "the limit, then the next user");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The timeout gives up on the handle; the task goes on to its end.
    #[tokio::test(start_paused = true)]
    async fn a_call_that_timed_out_is_billed_all_the_same() {
        let start = Instant::now();
        assert_eq!(serve_two_users().await, 1);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
}
