//! What is answered is kept: `cargo run --bin map-reduce-right-way`
use futures::stream::{FuturesUnordered, StreamExt};
use std::future::pending;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{error::Elapsed, sleep, timeout};

const CHUNKS: usize = 8;
const AT_ONCE: usize = 4;
const LIMIT: Duration = Duration::from_secs(30); // for each call

#[derive(Debug, PartialEq, thiserror::Error)]
enum Why {
    #[error("the model is overloaded")]
    Overloaded,
    #[error("no answer within {LIMIT:?}")]
    TimedOut(#[from] Elapsed),
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("chunk {chunk}: {why}")]
struct ChunkFailed {
    chunk: usize,
    why: Why,
}

#[derive(Debug, PartialEq, thiserror::Error)]
enum Failed {
    #[error("{}", list(.0))]
    Chunks(Vec<ChunkFailed>),
    #[error("the reduction: {0}")]
    Reduction(#[from] Why),
    #[error("there is nothing to summarise")]
    Nothing,
}

fn list(failed: &[ChunkFailed]) -> String {
    let failed: Vec<String> = failed.iter().map(ToString::to_string).collect();
    failed.join("; ")
}

/// Stands for the model, which is overloaded once, at chunk 6.
#[derive(Default)]
struct Model {
    calls: AtomicU32,
    attempts: [AtomicU32; 12],
    hangs: Option<usize>,
    refuses_to_reduce: bool,
}

impl Model {
    async fn summarise(&self, chunk: usize) -> Result<String, Why> {
        self.calls.fetch_add(1, Relaxed);
        let attempt = self.attempts[chunk - 1].fetch_add(1, Relaxed) + 1;
        println!("Chunk {chunk} sent, attempt {attempt}");
        sleep(Duration::from_millis(150 + 150 * chunk.min(4) as u64)).await;
        if self.hangs == Some(chunk) {
            pending::<()>().await;
        }
        if (chunk, attempt) == (6, 1) {
            println!("Chunk {chunk} failed");
            return Err(Why::Overloaded);
        }
        println!("Chunk {chunk} summarised, attempt {attempt}");
        Ok(chunk.to_string())
    }

    /// One call that makes a summary of all summaries.
    async fn reduce(&self, summaries: &[&str]) -> Result<String, Why> {
        self.calls.fetch_add(1, Relaxed);
        println!("Reducing {}", summaries.len());
        sleep(Duration::from_millis(600)).await;
        if self.refuses_to_reduce {
            return Err(Why::Overloaded);
        }
        println!("Reduced");
        Ok(summaries.join(" "))
    }
}

/// A place for each chunk of one document, cut in one way. What is kept for
/// longer needs a key that changes with the chunk, such as a hash of its text.
type Kept = [Option<String>];

/// Asks for what is missing. What is answered is kept, even if this fails or
/// is dropped. After a failure no new call begins; those under way may end.
async fn fill(model: &Model, kept: &mut Kept) -> Result<(), Failed> {
    let missing: Vec<usize> =
        (0..kept.len()).filter(|&i| kept[i].is_none()).collect();
    let mut missing = missing.into_iter();
    let (mut calls, mut failed) = (FuturesUnordered::new(), Vec::new());
    loop {
        while failed.is_empty() && calls.len() < AT_ONCE {
            let Some(i) = missing.next() else { break };
            let call = timeout(LIMIT, model.summarise(i + 1));
            calls.push(async move { (i, call.await) });
        }
        let (i, why) = match calls.next().await {
            Some((i, Ok(Ok(summary)))) => {
                kept[i] = Some(summary);
                continue;
            }
            Some((i, Ok(Err(why)))) => (i, why),
            Some((i, Err(late))) => (i, late.into()),
            None if failed.is_empty() => return Ok(()),
            None => return Err(Failed::Chunks(failed)),
        };
        failed.push(ChunkFailed { chunk: i + 1, why });
    }
}

async fn summary(model: &Model, kept: &mut Kept) -> Result<String, Failed> {
    fill(model, kept).await?;
    let summaries: Vec<&str> =
        kept.iter().flatten().map(String::as_str).collect();
    if summaries.is_empty() {
        return Err(Failed::Nothing);
    }
    let reduced = timeout(LIMIT, model.reduce(&summaries)).await;
    Ok(reduced.map_err(Why::from)??)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let (model, mut kept) = (Model::default(), vec![None; CHUNKS]);
    let mut whole = summary(&model, &mut kept).await;
    if let Err(error) = &whole {
        let there = kept.iter().flatten().count();
        println!("Failed: {error}; {there} summaries kept");
        // The user tries again, for what is missing.
        whole = summary(&model, &mut kept).await;
    }
    let calls = model.calls.load(Relaxed);
    println!("Summary of {} for {calls} calls", whole?);
    assert_eq!(calls, 10, "one chunk twice");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of eight calls the sixth fails: it alone is made again.
    #[tokio::test(start_paused = true)]
    async fn one_error_costs_one_call() {
        let (model, mut kept) = (Model::default(), vec![None; CHUNKS]);
        let first = summary(&model, &mut kept).await;
        let (chunk, why) = (6, Why::Overloaded);
        let failed = vec![ChunkFailed { chunk, why }];
        assert_eq!(first, Err(Failed::Chunks(failed)));
        assert_eq!(kept.iter().flatten().count(), 7);
        let whole = summary(&model, &mut kept).await;
        assert_eq!(whole.as_deref(), Ok("1 2 3 4 5 6 7 8"));
        assert_eq!(model.calls.load(Relaxed), 10);
    }

    /// After a failure nothing new is paid for: of twelve, nine have begun.
    #[tokio::test(start_paused = true)]
    async fn a_failure_begins_no_new_call() {
        let (model, mut kept) = (Model::default(), vec![None; 12]);
        summary(&model, &mut kept).await.expect_err("chunk 6");
        assert_eq!(model.calls.load(Relaxed), 9);
        assert_eq!(kept.iter().flatten().count(), 8);
    }

    /// Every failure is told, with its chunk: 3 hangs, and 6 is refused.
    #[tokio::test(start_paused = true)]
    async fn all_failures_are_told() {
        let mut kept = vec![None; CHUNKS];
        let model = Model {
            hangs: Some(3),
            ..Model::default()
        };
        let failed = summary(&model, &mut kept).await.expect_err("3 and 6");
        let said = failed.to_string();
        assert!(said.contains("chunk 6: the model is overloaded"), "{said}");
        assert!(said.contains("chunk 3: no answer within 30s"), "{said}");
    }

    /// The last call can fail, too: it alone is made again.
    #[tokio::test(start_paused = true)]
    async fn a_refused_reduction_keeps_all_summaries() {
        let (mut model, mut kept) = (Model::default(), vec![None; 3]);
        model.refuses_to_reduce = true;
        let refused = summary(&model, &mut kept).await;
        assert_eq!(refused, Err(Failed::Reduction(Why::Overloaded)));
        model.refuses_to_reduce = false;
        let whole = summary(&model, &mut kept).await;
        assert_eq!(whole.as_deref(), Ok("1 2 3"));
        assert_eq!(model.calls.load(Relaxed), 5);
    }

    /// No chunks, no call.
    #[tokio::test(start_paused = true)]
    async fn an_empty_document_costs_nothing() {
        let model = Model::default();
        let nothing = summary(&model, &mut []).await;
        assert_eq!(nothing, Err(Failed::Nothing));
        assert_eq!(model.calls.load(Relaxed), 0);
    }

    /// A caller that gives up at 1.1 s keeps the five answers of that time.
    #[tokio::test(start_paused = true)]
    async fn what_was_answered_survives_a_deadline() {
        let (model, mut kept) = (Model::default(), vec![None; CHUNKS]);
        let deadline = Duration::from_millis(1100);
        timeout(deadline, summary(&model, &mut kept))
            .await
            .expect_err("it takes longer");
        assert_eq!(kept.iter().flatten().count(), 5);
    }
}
