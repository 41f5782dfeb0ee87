//! Call here, await there: `cargo run --bin await-outside-async-right-way`
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn complete(prompt: String) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_secs(1)).await; // the network's part
    println!("Answered");
    format!("{prompt}: done")
}

/// Not async, but it may call an async fn: it hands the future on.
fn summarise(text: &str) -> impl Future<Output = String> {
    println!("Prompt prepared");
    complete(format!("Summarise {text}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let summary = summarise("the minutes");
    println!("Nothing asked yet");
    println!("{}", summary.await); // the call begins here
    let took = start.elapsed();
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 1, "one call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plain function may call an async fn, without any runtime.
    #[test]
    fn a_plain_function_may_call_an_async_fn() {
        let summary = summarise("the minutes");
        drop(summary);
    }

    /// An async fn's body, and so its wait, begins with the await.
    #[tokio::test(start_paused = true)]
    async fn the_wait_of_one_second_begins_with_the_await() {
        let summary = summarise("the minutes");
        sleep(Duration::from_secs(5)).await;
        let start = Instant::now();
        assert_eq!(summary.await, "Summarise the minutes: done");
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
