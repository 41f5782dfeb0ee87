//! One answer for two readers: `cargo run --bin one-result-right-way`
use futures::{FutureExt, TryFutureExt};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};

// Each reader gets a clone. A `JoinError` has none, so an `Arc` shares it.
type Answer = Result<String, Arc<JoinError>>;

async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_secs(1)).await; // the model thinks
    println!("Answered: {prompt}");
    String::from("Short waves scatter most.")
}

async fn show(call: impl Future<Output = Answer>) -> Answer {
    let answer = call.await?;
    println!("Shown: {answer}");
    Ok(answer)
}

async fn save(call: impl Future<Output = Answer>) -> Answer {
    sleep(Duration::from_millis(1500)).await; // opens a slow database
    let answer = call.await?; // there since half a second
    println!("Saved: {answer}");
    Ok(answer)
}

async fn show_and_save() -> Result<(String, String), Arc<JoinError>> {
    let call = tokio::spawn(complete("Why is the sky blue?"));
    let call = call.map_err(Arc::new).shared();
    // Both await the same call, each through a clone of its own.
    tokio::try_join!(show(call.clone()), save(call))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Arc<JoinError>> {
    let start = Instant::now();
    let (shown, saved) = show_and_save().await?;
    let took = start.elapsed();
    println!("Both had it after {:.1} s", took.as_secs_f64());
    assert_eq!(shown, saved, "one call, one answer");
    assert!((1500..2500).contains(&took.as_millis()), "no second call");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reader who comes late gets the answer at once: nobody asks again.
    #[tokio::test(start_paused = true)]
    async fn two_readers_share_one_call() -> Result<(), Arc<JoinError>> {
        let start = Instant::now();
        let (shown, saved) = show_and_save().await?;
        assert_eq!(shown, saved);
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
        Ok(())
    }

    /// If the task panics, every reader gets the error.
    #[tokio::test]
    async fn a_panic_reaches_both_readers() {
        let call = tokio::spawn(async { panic!("a bug") });
        let call = call.map_err(Arc::new).shared();
        assert!(show(call.clone()).await.is_err_and(|e| e.is_panic()));
        assert!(show(call).await.is_err_and(|e| e.is_panic()));
    }

    /// A handle that is polled again after it gave its result panics.
    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "JoinHandle polled after completion")]
    async fn a_result_cannot_be_taken_again_by_reference() {
        let mut call = tokio::spawn(complete("Why is the sky blue?"));
        (&mut call).await.expect("the task should not panic");
        let _ = (&mut call).await;
    }
}
