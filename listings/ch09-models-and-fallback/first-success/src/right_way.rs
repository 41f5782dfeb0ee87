//! The first to succeed: `cargo run --bin first-success-right-way`
use futures::future::select_ok;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

#[derive(Debug, PartialEq)]
enum Failure {
    TooLate,
    Refused(u16),
}

const LIMIT: Duration = Duration::from_secs(3);

/// A model, its latency in milliseconds, and the status of its response.
struct Model(&'static str, u64, u16);

async fn ask(Model(name, latency, status): Model) -> Result<String, Failure> {
    println!("[{name}] Sending request");
    sleep(Duration::from_millis(latency)).await;
    if status != 200 {
        println!("[{name}] Failed: {status}");
        return Err(Failure::Refused(status));
    }
    println!("[{name}] Received response");
    Ok(format!("Response from {name}: This is simulated"))
}

async fn first(models: [Model; 3]) -> Result<String, Failure> {
    let calls = models.map(|model| Box::pin(ask(model)));
    // Passes over a failure as long as another model may still answer.
    match timeout(LIMIT, select_ok(calls)).await {
        // Dropping the rest cancels the calls that are still under way.
        Ok(Ok((answer, _rest))) => Ok(answer),
        Ok(Err(last_failure)) => Err(last_failure),
        Err(_elapsed) => Err(Failure::TooLate),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let answer = first([
        Model("fast-model-1", 1000, 503),
        Model("fast-model-2", 1500, 200),
        Model("fast-model-3", 2000, 200),
    ])
    .await;
    let took = start.elapsed();
    println!("{answer:?} after {:.1} s", took.as_secs_f64());
    assert!(answer.is_ok(), "the fastest that can answer");
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn first_of(models: [(u64, u16); 3]) -> Result<String, Failure> {
        first(models.map(|(latency, status)| Model("one", latency, status)))
            .await
    }

    /// The first success is the answer. Failures before it are passed over.
    #[tokio::test(start_paused = true)]
    async fn the_first_success_is_the_answer() {
        let start = Instant::now();
        let models = [(1000, 503), (1500, 200), (2000, 200)];
        assert!(first_of(models).await.is_ok());
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
    }

    /// When all fail, you get the last failure, at its time.
    #[tokio::test(start_paused = true)]
    async fn when_all_fail_the_last_failure_comes_after_two_seconds() {
        let start = Instant::now();
        let models = [(1000, 500), (2000, 503), (1500, 500)];
        assert_eq!(first_of(models).await, Err(Failure::Refused(503)));
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    /// When all hang, the limit ends the wait.
    #[tokio::test(start_paused = true)]
    async fn when_all_hang_the_limit_ends_the_wait() {
        let start = Instant::now();
        let models = [(60_000, 200), (70_000, 200), (80_000, 200)];
        assert_eq!(first_of(models).await, Err(Failure::TooLate));
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }

    /// `select_ok` panics on an empty list.
    #[test]
    #[should_panic(expected = "empty")]
    fn select_ok_panics_on_an_empty_list() {
        let none: [std::future::Ready<Result<(), ()>>; 0] = [];
        drop(select_ok(none));
    }
}
