//! Abort the task: `cargo run --bin timeout-on-a-handle-right-way`
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Count = Arc<AtomicU32>;

async fn complete(answers: Count) -> String {
    println!("Request sent");
    sleep(Duration::from_secs(2)).await; // the model takes its time
    answers.fetch_add(1, Ordering::Relaxed); // and each answer is billed
    println!("Answer received");
    String::from("An answer")
}

async fn ask_within(limit: Duration, count: Count) -> Result<String, Error> {
    let mut call = tokio::spawn(complete(count));
    // `&mut` lends the handle to the timeout, so that it's still here after.
    if let Ok(ended) = timeout(limit, &mut call).await {
        return Ok(ended?);
    }
    call.abort(); // only asks
    match call.await {
        Err(error) if error.is_cancelled() => Err("out of time".into()),
        ended => Ok(ended?), // it was quicker than the abort
    }
}

async fn serve_two_users() -> u32 {
    let answers = Count::default();
    match ask_within(Duration::from_secs(1), answers.clone()).await {
        Ok(answer) => println!("{answer}"),
        Err(error) => println!("Gave up: {error}"),
    }
    println!("Serving the next user...");
    sleep(Duration::from_secs(2)).await; // the program lives on, as servers do
    println!("Next user served");
    answers.load(Ordering::Relaxed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answers = serve_two_users().await;
    println!("Answers paid for: {answers}");
    assert_eq!(answers, 0, "aborted before its answer");
    assert_eq!(start.elapsed().as_secs(), 3, "limit + next user");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An aborted task stops at its await and gets no answer.
    #[tokio::test(start_paused = true)]
    async fn a_call_aborted_at_the_limit_gets_no_answer() {
        let start = Instant::now();
        assert_eq!(serve_two_users().await, 0);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }

    /// An answer that comes within the limit is passed on.
    #[tokio::test(start_paused = true)]
    async fn an_answer_in_time_is_passed_on() -> Result<(), Error> {
        let start = Instant::now();
        let limit = Duration::from_secs(3);
        assert_eq!(ask_within(limit, Arc::default()).await?, "An answer");
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        Ok(())
    }

    /// A task that came to its end before the abort still gives its answer.
    #[tokio::test]
    async fn a_task_may_be_quicker_than_its_abort() -> Result<(), Error> {
        let call = tokio::spawn(async { "An answer" });
        tokio::task::yield_now().await; // it runs to its end
        call.abort();
        assert_eq!(call.await?, "An answer");
        Ok(())
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
