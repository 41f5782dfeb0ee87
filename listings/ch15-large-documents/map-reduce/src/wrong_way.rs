//! One error takes all with it: `cargo run --bin map-reduce-wrong-way`
use futures::stream::{self, StreamExt, TryStreamExt};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::sleep;

const CHUNKS: usize = 8;
const AT_ONCE: usize = 4;

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("chunk {0}: the model is overloaded")]
struct Overloaded(usize);

/// Stands for the model, which is overloaded once, at chunk 6.
#[derive(Default)]
struct Model {
    calls: AtomicU32,
    attempts: [AtomicU32; CHUNKS],
}

impl Model {
    async fn summarise(&self, chunk: usize) -> Result<String, Overloaded> {
        self.calls.fetch_add(1, Relaxed);
        let attempt = self.attempts[chunk - 1].fetch_add(1, Relaxed) + 1;
        println!("Chunk {chunk} sent, attempt {attempt}");
        sleep(Duration::from_millis(150 + 150 * chunk.min(4) as u64)).await;
        if (chunk, attempt) == (6, 1) {
            println!("Chunk {chunk} failed");
            return Err(Overloaded(chunk));
        }
        println!("Chunk {chunk} summarised, attempt {attempt}");
        Ok(chunk.to_string())
    }

    /// One call that makes a summary of all summaries.
    async fn reduce(&self, summaries: &[String]) -> String {
        self.calls.fetch_add(1, Relaxed);
        println!("Reducing {}", summaries.len());
        sleep(Duration::from_millis(600)).await;
        println!("Reduced");
        summaries.join(" ")
    }
}

async fn summary(model: &Model) -> Result<String, Overloaded> {
    let summaries: Vec<String> = stream::iter(1..=CHUNKS)
        .map(|chunk| model.summarise(chunk))
        .buffered(AT_ONCE)
        .try_collect() // the first error drops all that is there
        .await?;
    Ok(model.reduce(&summaries).await)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Overloaded> {
    let model = Model::default();
    let mut whole = summary(&model).await;
    if let Err(error) = &whole {
        println!("Failed: {error}");
        // The user tries again, from the start.
        whole = summary(&model).await;
    }
    let calls = model.calls.load(Relaxed);
    println!("Summary of {} for {calls} calls", whole?);
    assert_eq!(calls, 17, "all chunks twice");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::try_join_all;

    /// Of eight calls the sixth fails: all eight are made again.
    #[tokio::test(start_paused = true)]
    async fn one_error_costs_a_second_round() {
        let model = Model::default();
        assert_eq!(summary(&model).await, Err(Overloaded(6)));
        assert_eq!(model.calls.load(Relaxed), 8);
        let whole = summary(&model).await;
        assert_eq!(whole.as_deref(), Ok("1 2 3 4 5 6 7 8"));
        assert_eq!(model.calls.load(Relaxed), 17);
    }

    /// `try_join_all` does the same: when the 70th of a hundred fails, 69
    /// answers are thrown away, and 30 calls cut off.
    #[tokio::test(start_paused = true)]
    async fn a_failure_throws_away_answers_that_are_there() {
        let (started, answered) = (AtomicU32::new(0), AtomicU32::new(0));
        let calls = (1..=100).map(async |chunk| {
            started.fetch_add(1, Relaxed);
            sleep(Duration::from_millis(10) * chunk).await;
            if chunk == 70 {
                return Err(Overloaded(70));
            }
            answered.fetch_add(1, Relaxed);
            Ok(chunk)
        });
        assert_eq!(try_join_all(calls).await, Err(Overloaded(70)));
        assert_eq!((started.into_inner(), answered.into_inner()), (100, 69));
    }
}
