//! A failing primary has no fallback: `cargo run --bin fallback-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

#[derive(Debug, PartialEq)]
struct Unavailable(&'static str);

const LIMIT: Duration = Duration::from_secs(3);

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

async fn with_fallback(
    latency: u64,
    up: bool,
) -> Result<&'static str, Unavailable> {
    match timeout(LIMIT, ask("expensive-slow-model", latency, up)).await {
        // It came in time, so this is the answer. It may be an error.
        Ok(answer) => answer,
        Err(_) => ask("fast-model-1", 1000, true).await,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answer = with_fallback(500, false).await;
    let took = start.elapsed();
    println!("{answer:?} after {:.1} s", took.as_secs_f64());
    assert!(answer.is_err(), "the fallback was never asked");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A primary that fails in time is never replaced.
    #[tokio::test(start_paused = true)]
    async fn a_primary_that_fails_in_time_has_no_fallback() {
        let start = Instant::now();
        let answer = with_fallback(500, false).await;
        assert_eq!(answer, Err(Unavailable("expensive-slow-model")));
        assert_eq!(start.elapsed(), Duration::from_millis(500));
    }

    /// A primary that is late is replaced when the limit is over.
    #[tokio::test(start_paused = true)]
    async fn a_late_primary_has_a_fallback() {
        let start = Instant::now();
        assert_eq!(with_fallback(4000, true).await, Ok("fast-model-1"));
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }
}
