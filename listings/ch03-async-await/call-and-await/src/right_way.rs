//! Calling here, awaiting there: `cargo run --bin call-and-await-right-way`
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn complete(prompt: String) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_secs(1)).await;
    println!("Answered");
    format!("A completion of «{prompt}»")
}

/// Not async, and yet it calls an async fn: it hands the future on.
fn summarise(text: &str) -> impl Future<Output = String> {
    complete(format!("Summarise {text}"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let summary = summarise("the minutes");
    println!("Nothing is asked yet");
    let start = Instant::now();
    // The call begins here.
    println!("{}", summary.await);
    assert_eq!(start.elapsed().as_secs(), 1, "as long as one call");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A plain function may call an async one, with no runtime in sight.
    #[test]
    fn a_plain_function_may_call_an_async_one() {
        drop(summarise("the minutes"));
    }

    /// The waiting begins with the await, however old the future is.
    #[tokio::test(start_paused = true)]
    async fn the_waiting_begins_with_the_await() {
        let summary = summarise("the minutes");
        sleep(Duration::from_secs(5)).await;
        let start = Instant::now();
        summary.await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
