//! A limit on the call: `cargo run --bin timeout-on-a-handle-right-way`
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

async fn ask(billed: Arc<AtomicU32>) -> &'static str {
    println!("Asking the model");
    sleep(Duration::from_secs(2)).await;
    billed.fetch_add(1, Ordering::Relaxed);
    println!("The model answered");
    "an answer"
}

async fn ask_with_limit(billed: &Arc<AtomicU32>) {
    println!("Waiting for the model");
    let mut call = tokio::spawn(ask(Arc::clone(billed)));
    // By reference: the handle is still ours when the time is up.
    if timeout(Duration::from_secs(1), &mut call).await.is_err() {
        println!("Gave up waiting");
        call.abort();
        // `abort` only asks. The handle tells when it has happened.
        let end = call.await;
        assert!(end.is_err_and(|error| error.is_cancelled()));
        println!("Cancelled");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let billed = Arc::new(AtomicU32::new(0));
    ask_with_limit(&billed).await;
    // The program goes on with something else.
    sleep(Duration::from_millis(1500)).await;
    let billed = billed.load(Ordering::Relaxed);
    let took = start.elapsed().as_secs_f64();
    println!("Calls billed: {billed} after {took:.1} s");
    assert_eq!(billed, 0, "the call was cancelled");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call that is aborted at its limit is never billed.
    #[tokio::test(start_paused = true)]
    async fn an_aborted_call_is_not_billed() {
        let start = Instant::now();
        let billed = Arc::new(AtomicU32::new(0));
        ask_with_limit(&billed).await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        sleep(Duration::from_millis(1500)).await;
        assert_eq!(billed.load(Ordering::Relaxed), 0);
    }

    /// A limit on the future itself cancels it too: it is dropped.
    #[tokio::test(start_paused = true)]
    async fn a_future_that_is_dropped_is_not_billed() {
        let billed = Arc::new(AtomicU32::new(0));
        let call = ask(Arc::clone(&billed));
        let limit = Duration::from_secs(1);
        assert!(timeout(limit, call).await.is_err());
        sleep(Duration::from_millis(1500)).await;
        assert_eq!(billed.load(Ordering::Relaxed), 0);
    }
}
