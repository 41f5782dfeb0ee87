//! The first to finish has failed: `cargo run --bin first-success-wrong-way`
use futures::FutureExt;
use futures::future::select_all;
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

async fn first() -> Result<&'static str, Unavailable> {
    let calls = [
        ask("fast-model-1", 1000, false).boxed(),
        ask("fast-model-2", 1500, true).boxed(),
        ask("fast-model-3", 2000, true).boxed(),
    ];
    // Whoever is done first, well or badly; the others are dropped.
    let (answer, _index, _rest) = select_all(calls).await;
    answer
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answer = first().await;
    let took = start.elapsed();
    println!("The result: {answer:?}, after {:.1} s", took.as_secs_f64());
    assert!(
        answer.is_err(),
        "the fastest failed, two answers were dropped"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first to finish is the answer, though it failed.
    #[tokio::test(start_paused = true)]
    async fn the_first_to_finish_may_have_failed() {
        let start = Instant::now();
        assert_eq!(first().await, Err(Unavailable("fast-model-1")));
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
