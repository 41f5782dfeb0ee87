//! Abort the task: `cargo run --bin timeout-on-a-handle-right-way`
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
    let mut call = tokio::spawn(complete(bill));
    // `&mut` lends the handle to the timeout, so that it is still here after.
    if timeout(limit, &mut call).await.is_err() {
        println!("Timed out");
        call.abort(); // asks only
        let ended = call.await; // and this waits until the task has ended
        if ended.is_err_and(|error| error.is_cancelled()) {
            println!("Call cancelled");
        }
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
    assert_eq!(billed, 0, "cancelled before its answer");
    assert_eq!(took.as_secs(), 3, "the limit, then the next user");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An aborted task stops at its await and is never billed.
    #[tokio::test(start_paused = true)]
    async fn a_call_aborted_at_the_limit_is_not_billed() {
        let start = Instant::now();
        assert_eq!(serve_two_users().await, 0);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }

    /// Left alone, the call takes longer than the limit.
    #[tokio::test(start_paused = true)]
    async fn a_call_left_alone_takes_two_seconds() {
        let start = Instant::now();
        complete(Arc::default()).await;
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    /// `abort` returns before the task has ended; the handle's await does not.
    #[tokio::test(start_paused = true)]
    async fn abort_only_asks() {
        let call = tokio::spawn(complete(Arc::default()));
        tokio::task::yield_now().await; // let it send its request
        call.abort();
        assert!(!call.is_finished());
        assert!(call.await.is_err_and(|error| error.is_cancelled()));
    }
}
