//! The first that answers: `cargo run --bin first-success-right-way`
use futures::FutureExt;
use futures::future::select_ok;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq)]
struct Unavailable(&'static str);

async fn ask(
    model: &'static str,
    latency: u64,
    up: bool,
) -> Result<&'static str, Unavailable> {
    println!("Asking {model}");
    sleep(Duration::from_millis(latency)).await;
    if up {
        println!("{model} answered");
        Ok(model)
    } else {
        println!("{model} failed");
        Err(Unavailable(model))
    }
}

async fn first(up: bool) -> Result<&'static str, Unavailable> {
    let calls = [
        ask("fast-model-1", 1000, false).boxed(),
        ask("fast-model-2", 1500, up).boxed(),
        ask("fast-model-3", 2000, up).boxed(),
    ];
    // Errors are passed over while anyone may still succeed.
    let (answer, _rest) = select_ok(calls).await?;
    Ok(answer)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answer = first(true).await;
    let took = start.elapsed();
    println!("The result: {answer:?}, after {:.1} s", took.as_secs_f64());
    assert_eq!(answer, Ok("fast-model-2"), "the fastest that answered");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first success is the answer, an earlier failure is passed over.
    #[tokio::test(start_paused = true)]
    async fn the_first_success_is_the_answer() {
        let start = Instant::now();
        assert_eq!(first(true).await, Ok("fast-model-2"));
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
    }

    /// When all fail, the last to fail is the error.
    #[tokio::test(start_paused = true)]
    async fn when_all_fail_the_last_error_comes_after_two_seconds() {
        let start = Instant::now();
        assert_eq!(first(false).await, Err(Unavailable("fast-model-3")));
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
