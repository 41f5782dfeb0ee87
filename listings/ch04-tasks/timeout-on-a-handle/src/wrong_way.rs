//! A limit on the waiting: `cargo run --bin timeout-on-a-handle-wrong-way`
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
    let call = tokio::spawn(ask(Arc::clone(billed)));
    // Drops the handle when the time is up. The task does not notice.
    if timeout(Duration::from_secs(1), call).await.is_err() {
        println!("Gave up waiting");
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
    assert_eq!(billed, 1, "a call that nobody waited for");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call whose handle is dropped goes on to its end, and is billed.
    #[tokio::test(start_paused = true)]
    async fn a_call_without_its_handle_is_billed() {
        let start = Instant::now();
        let billed = Arc::new(AtomicU32::new(0));
        ask_with_limit(&billed).await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        sleep(Duration::from_millis(1500)).await;
        assert_eq!(billed.load(Ordering::Relaxed), 1);
    }
}
