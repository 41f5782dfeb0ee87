//! An error that stops no task: `cargo run --bin handles-outlive-wrong-way`
use futures::future::try_join_all;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Call number `n` takes `n` seconds. The second is refused.
async fn ask(n: u64, answered: Arc<AtomicU32>) -> Result<u64, Error> {
    println!("Call {n} asked");
    sleep(Duration::from_secs(n)).await;
    if n == 2 {
        println!("Call {n} failed");
        return Err("no such model".into());
    }
    answered.fetch_add(1, Ordering::Relaxed); // and is paid for
    println!("Call {n} answered");
    Ok(n)
}

async fn finish(call: JoinHandle<Result<u64, Error>>) -> Result<u64, Error> {
    call.await? // `?` for a panic, then what the task returned
}

async fn ask_all(answered: &Arc<AtomicU32>) -> Result<Vec<u64>, Error> {
    let calls = (1..=5).map(|n| tokio::spawn(ask(n, Arc::clone(answered))));
    // Drops the handles at the first error. The tasks go on without them.
    try_join_all(calls.map(finish)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answered = Arc::new(AtomicU32::new(0));
    let answers = ask_all(&answered).await;
    println!("Given up after {:.1} s", start.elapsed().as_secs_f64());
    sleep(Duration::from_millis(3500)).await; // the program does other things
    let answered = answered.load(Ordering::Relaxed);
    println!("{answered} calls were paid for");
    assert!(answers.is_err(), "it failed");
    assert_eq!(answered, 4, "all others ran to their end");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error comes at once, and the four other calls run to their end.
    #[tokio::test(start_paused = true)]
    async fn four_calls_outlive_the_error() {
        let start = Instant::now();
        let answered = Arc::new(AtomicU32::new(0));
        assert!(ask_all(&answered).await.is_err());
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        assert_eq!(answered.load(Ordering::Relaxed), 1);
        sleep(Duration::from_millis(3500)).await;
        assert_eq!(answered.load(Ordering::Relaxed), 4);
    }
}
