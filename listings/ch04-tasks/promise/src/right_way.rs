//! A promise and who keeps it: `cargo run --bin promise-right-way`
use std::time::Duration;
use tokio::sync::oneshot::{self, Sender, error::RecvError};
use tokio::time::{Instant, sleep};

async fn answer(promise: Sender<&'static str>) {
    println!("Looking for an answer...");
    sleep(Duration::from_secs(1)).await; // the reader waits meanwhile
    println!("Answer found");
    // A send fails only if the reader has gone, and then nobody misses it.
    let _ = promise.send("Yes");
}

async fn keep_a_promise() -> Result<&'static str, RecvError> {
    let (promise, result) = oneshot::channel();
    tokio::spawn(answer(promise));
    result.await // woken by the send; an error if the sender is dropped
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), RecvError> {
    let start = Instant::now();
    let result = keep_a_promise().await?;
    let took = start.elapsed();
    println!("The answer was {result}, after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 1, "until the promise was kept");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reader goes on when the sender sends.
    #[tokio::test(start_paused = true)]
    async fn a_promise_is_kept_after_one_second() {
        let start = Instant::now();
        assert_eq!(keep_a_promise().await, Ok("Yes"));
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    /// A sender that is dropped unsent breaks the promise: an error, no hang.
    #[tokio::test(start_paused = true)]
    async fn a_broken_promise_is_an_error() {
        let (promise, result) = oneshot::channel::<&str>();
        drop(promise);
        assert!(result.await.is_err());
    }
}
