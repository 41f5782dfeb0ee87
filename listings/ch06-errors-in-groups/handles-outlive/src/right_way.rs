//! A set that takes its tasks along: `cargo run --bin handles-outlive-right-way`
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
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

async fn ask_all(answered: &Arc<AtomicU32>) -> Result<Vec<u64>, Error> {
    let mut calls = JoinSet::new();
    for n in 1..=5 {
        calls.spawn(ask(n, Arc::clone(answered)));
    }
    let mut answers = Vec::new(); // in the order in which they come
    while let Some(ended) = calls.join_next().await {
        // A panic, or what the task returned: either may be an error.
        match ended.map_err(Error::from).flatten() {
            Ok(answer) => answers.push(answer),
            Err(error) => {
                calls.shutdown().await; // aborts the rest, and waits for it
                println!("Cancelled the rest");
                return Err(error);
            }
        }
    }
    Ok(answers)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answered = Arc::new(AtomicU32::new(0));
    let answers = ask_all(&answered).await;
    println!("Given up after {:.1} s", start.elapsed().as_secs_f64());
    sleep(Duration::from_millis(3500)).await; // the program does other things
    let answered = answered.load(Ordering::Relaxed);
    println!("{answered} call was paid for");
    assert!(answers.is_err(), "it failed");
    assert_eq!(answered, 1, "only what came before the error");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After the error no call goes on.
    #[tokio::test(start_paused = true)]
    async fn no_call_outlives_the_error() {
        let start = Instant::now();
        let answered = Arc::new(AtomicU32::new(0));
        assert!(ask_all(&answered).await.is_err());
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        // Each call held one: they are gone, not only told to go.
        assert_eq!(Arc::strong_count(&answered), 1);
        sleep(Duration::from_millis(3500)).await;
        assert_eq!(answered.load(Ordering::Relaxed), 1);
    }

    /// A set that is dropped aborts its tasks, but doesn't wait for them.
    #[tokio::test(start_paused = true)]
    async fn a_dropped_set_aborts_its_tasks() {
        let answered = Arc::new(AtomicU32::new(0));
        let mut calls = JoinSet::new();
        calls.spawn(ask(3, Arc::clone(&answered)));
        drop(calls);
        assert_eq!(Arc::strong_count(&answered), 2, "it's still there");
        sleep(Duration::from_secs(4)).await;
        assert_eq!(Arc::strong_count(&answered), 1, "now it's gone");
        assert_eq!(answered.load(Ordering::Relaxed), 0);
    }

    /// What had finished is thrown away, and so is a panic.
    #[tokio::test(start_paused = true)]
    async fn shutdown_tells_nothing_of_how_tasks_ended() {
        let mut calls = JoinSet::new();
        calls.spawn(async { 1 });
        calls.spawn(async { panic!("a bug") });
        tokio::task::yield_now().await;
        calls.shutdown().await;
        assert!(calls.join_next().await.is_none());
    }
}
