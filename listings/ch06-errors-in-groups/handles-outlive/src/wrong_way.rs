//! An error that stops no task: `cargo run --bin handles-outlive-wrong-way`
use futures::future::try_join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
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
    let call = |n| tokio::spawn(ask(n, Arc::clone(billed)));
    // Drops the handles at the first error. The tasks go on without them.
    try_join_all((1..=5).map(call)).await.is_ok()
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
    assert_eq!(billed, 4, "all others ran to their end");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error comes at once, and the four other calls are billed later.
    #[tokio::test(start_paused = true)]
    async fn four_calls_outlive_the_error() {
        let start = Instant::now();
        let billed = Arc::new(AtomicU32::new(0));
        assert!(!ask_all(&billed).await);
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        sleep(Duration::from_millis(3500)).await;
        assert_eq!(billed.load(Ordering::Relaxed), 4);
    }
}
