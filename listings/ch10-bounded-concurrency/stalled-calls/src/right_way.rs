//! Tasks, and still ours: `cargo run --bin stalled-calls-right-way`
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tokio::time::error::Elapsed;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

const LIMIT: Duration = Duration::from_millis(1100);

/// A call has two steps, the head and the body. Prompt 0 is the quickest.
async fn complete(prompt: u64) -> u64 {
    let step = if prompt == 0 { 100 } else { 175 + 75 * prompt };
    let step = Duration::from_millis(step);
    println!("prompt {prompt} sent");
    sleep(step).await; // until the head comes
    sleep(step).await; // and the body
    println!("prompt {prompt} answered");
    prompt
}

async fn limited(prompt: u64) -> Result<u64, Elapsed> {
    timeout(LIMIT, complete(prompt)).await
}

/// How many calls were answered, and how many were not.
async fn save_all() -> (usize, usize) {
    let (mut answered, mut failed) = (0, 0);
    let mut calls = stream::iter(0..5)
        // A task is polled by the runtime, and this handle aborts it on drop.
        .map(|prompt| {
            let call = AbortOnDropHandle::new(tokio::spawn(limited(prompt)));
            async move { (prompt, call.await) }
        })
        .buffer_unordered(5);
    while let Some((prompt, call)) = calls.next().await {
        match call {
            Ok(Ok(prompt)) => {
                // The calls go on meanwhile.
                sleep(Duration::from_secs(1)).await;
                println!("prompt {prompt} saved");
                answered += 1;
            }
            Ok(Err(Elapsed { .. })) => {
                println!("prompt {prompt} ran out of time");
                failed += 1;
            }
            Err(error) => {
                println!("prompt {prompt}: {error}"); // it panicked
                failed += 1;
            }
        }
    }
    (answered, failed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (answered, failed) = save_all().await;
    println!("{answered} in time, {failed} failed");
    assert_eq!((answered, failed), (5, 0), "each within its limit");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Handle;
    use tokio::task::yield_now;

    const SOON: Duration = Duration::from_millis(50);

    fn alive() -> usize {
        Handle::current().metrics().num_alive_tasks()
    }

    /// All five calls are answered while the answers are saved one by one.
    #[tokio::test(start_paused = true)]
    async fn five_of_five_calls_are_answered() {
        assert_eq!(save_all().await, (5, 0));
    }

    /// The caller leaves, and its five calls end with it.
    #[tokio::test(start_paused = true)]
    async fn a_caller_that_leaves_takes_its_calls_along() {
        let left = timeout(SOON, save_all()).await;
        assert!(left.is_err() && alive() == 5, "all were under way");
        yield_now().await; // the runtime drops what was aborted
        assert_eq!(alive(), 0);
    }

    /// Five tasks that were merely spawned outlive their caller.
    #[tokio::test(start_paused = true)]
    async fn plain_tasks_outlive_their_caller() {
        let mut calls = stream::iter(0..5)
            .map(|prompt| tokio::spawn(limited(prompt)))
            .buffer_unordered(5);
        assert!(timeout(SOON, calls.next()).await.is_err());
        drop(calls);
        yield_now().await;
        assert_eq!(alive(), 5);
    }
}
