//! A fallback for slowness only: `cargo run --bin fallback-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const LIMIT: Duration = Duration::from_secs(3);

#[derive(Debug, PartialEq)]
enum Failure {
    Refused(u16),
}

/// A model, its latency in milliseconds, and the status of its response.
struct Model(&'static str, u64, u16);

async fn ask(Model(name, latency, status): Model) -> Result<String, Failure> {
    println!("[{name}] Sending request");
    sleep(Duration::from_millis(latency)).await;
    match status {
        200 => Ok(format!("Response from {name}: This is simulated")),
        _ => Err(Failure::Refused(status)),
    }
}

async fn with_fallback(
    primary: Model,
    fallback: Model,
) -> Result<String, Failure> {
    match timeout(LIMIT, ask(primary)).await {
        // It came in time, so this is the result. It may be an error.
        Ok(result) => result,
        Err(_elapsed) => ask(fallback).await,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let primary = Model("expensive-slow-model", 500, 503);
    let fallback = Model("fast-model-1", 1000, 200);
    let answer = with_fallback(primary, fallback).await;
    let took = start.elapsed();
    println!("{answer:?} after {:.1} s", took.as_secs_f64());
    assert!(answer.is_err(), "the fallback was never asked");
}

#[cfg(test)]
mod tests {
    use super::*;

    const FALLBACK: Model = Model("fast-model-1", 1000, 200);

    /// A primary that fails in time is never replaced.
    #[tokio::test(start_paused = true)]
    async fn a_primary_that_fails_in_time_has_no_fallback() {
        let start = Instant::now();
        let primary = Model("primary", 500, 503);
        let answer = with_fallback(primary, FALLBACK).await;
        assert_eq!(answer, Err(Failure::Refused(503)));
        assert_eq!(start.elapsed(), Duration::from_millis(500));
    }

    /// A primary that is late is replaced when the limit is over.
    #[tokio::test(start_paused = true)]
    async fn a_late_primary_has_a_fallback() {
        let start = Instant::now();
        let primary = Model("primary", 4000, 200);
        assert!(with_fallback(primary, FALLBACK).await.is_ok());
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }
}
