//! The first to finish: `cargo run --bin first-success-wrong-way`
use futures::future::select_all;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq)]
enum Failure {
    Refused(u16),
}

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
    // The first to end, however it ends. The others are dropped.
    let (result, _index, _rest) = select_all(calls).await;
    result
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
    assert!(answer.is_err(), "the fastest failed");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first to finish is the answer, although it failed.
    #[tokio::test(start_paused = true)]
    async fn the_first_to_finish_may_have_failed() {
        let start = Instant::now();
        let answer = first([
            Model("first", 1000, 503),
            Model("second", 1500, 200),
            Model("third", 2000, 200),
        ]);
        assert_eq!(answer.await, Err(Failure::Refused(503)));
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
