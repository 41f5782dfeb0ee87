//! A set that takes its tasks along: `cargo run --bin handles-outlive-right-way`
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

/// Call number `n` takes `n` seconds. The second panics.
async fn ask(n: u64, billed: Arc<AtomicU32>) {
    println!("Call {n} asked");
    sleep(Duration::from_secs(n)).await;
    if n == 2 {
        println!("Call {n} failed");
        panic!("no such model");
    }
    billed.fetch_add(1, Ordering::Relaxed);
    println!("Call {n} answered");
}

async fn ask_all(billed: &Arc<AtomicU32>) -> bool {
    let mut calls = JoinSet::new();
    for n in 1..=5 {
        calls.spawn(ask(n, Arc::clone(billed)));
    }
    while let Some(call) = calls.join_next().await {
        if call.is_err() {
            // Aborts the rest and waits until they are gone.
            calls.shutdown().await;
            println!("Cancelled the rest");
            return false;
        }
    }
    true
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let billed = Arc::new(AtomicU32::new(0));
    let done = ask_all(&billed).await;
    println!("Given up after {:.1} s", start.elapsed().as_secs_f64());
    // The program goes on with something else.
    sleep(Duration::from_millis(3500)).await;
    let billed = billed.load(Ordering::Relaxed);
    println!("Calls billed: {billed}");
    assert!(!done, "it failed");
    assert_eq!(billed, 1, "only the one that was done before the error");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After the error no call goes on: one was billed, before it.
    #[tokio::test(start_paused = true)]
    async fn no_call_outlives_the_error() {
        let start = Instant::now();
        let billed = Arc::new(AtomicU32::new(0));
        assert!(!ask_all(&billed).await);
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        // Each call held one: they are gone, not only told to go.
        assert_eq!(Arc::strong_count(&billed), 1);
        sleep(Duration::from_millis(3500)).await;
        assert_eq!(billed.load(Ordering::Relaxed), 1);
    }
}
