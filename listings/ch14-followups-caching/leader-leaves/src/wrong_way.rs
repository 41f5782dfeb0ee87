//! The caller's limit ends the call: `cargo run --bin leader-leaves-wrong-way`
use futures::future::join_all;
use moka::future::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{sleep, timeout};

type Vector = Arc<[f32]>; // a clone is a pointer

#[derive(Debug, PartialEq, thiserror::Error)]
enum Error {
    #[error("there is no text to embed")]
    NoText,
}

/// The key: all that changes the answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Request {
    model: &'static str,
    text: &'static str,
    dimensions: usize,
}

fn request(text: &'static str) -> Request {
    let (model, dimensions) = ("embed-small", 8);
    Request {
        model,
        text,
        dimensions,
    }
}

struct Embedder {
    calls: AtomicU32,
    cache: Cache<Request, Vector>,
}

impl Embedder {
    fn new() -> Self {
        let cache = Cache::builder().max_capacity(1000);
        let cache = cache.time_to_live(Duration::from_hours(1)).build();
        Self {
            calls: AtomicU32::new(0),
            cache,
        }
    }

    /// Stands for the paid call.
    async fn call(&self, request: &Request) -> Result<Vector, Error> {
        let call = self.calls.fetch_add(1, Relaxed) + 1;
        println!("Call {call} sent");
        sleep(Duration::from_millis(1800)).await;
        println!("Call {call} answered");
        if request.text.is_empty() {
            return Err(Error::NoText);
        }
        let numbers = request.text.bytes().map(f32::from);
        Ok(numbers.take(request.dimensions).collect())
    }

    async fn embed(&self, request: Request) -> Result<Vector, Arc<Error>> {
        // The first to come runs the call *within its own future*.
        let call = self.call(&request);
        self.cache.try_get_with(request.clone(), call).await
    }
}

/// One question, by a caller every 0.3 s, each with a limit of 1.35 s.
async fn answers(embedder: &Embedder, callers: u32) -> usize {
    let callers = (1..=callers).map(async |caller| {
        sleep(Duration::from_millis(300) * (caller - 1)).await;
        let answer = embedder.embed(request("What is a waker?"));
        let answer = timeout(Duration::from_millis(1350), answer).await;
        if answer.is_err() {
            println!("Caller {caller} gave up");
        }
        answer.is_ok_and(|answer| answer.is_ok())
    });
    let answers = join_all(callers).await;
    answers.into_iter().filter(|&answered| answered).count()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let embedder = Embedder::new();
    let answers = answers(&embedder, 12).await;
    let calls = embedder.calls.into_inner();
    println!("{answers} answers, {calls} calls");
    assert_eq!((answers, calls), (0, 12), "each paid for, and cut off");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hundred callers start a hundred calls, and nobody has an answer.
    #[tokio::test(start_paused = true)]
    async fn each_leader_that_leaves_starts_another_call() {
        let embedder = Embedder::new();
        assert_eq!(answers(&embedder, 100).await, 0);
        assert_eq!(embedder.calls.into_inner(), 100);
    }

    /// Tokio's `OnceCell` does the same: its call is the first caller's, too.
    #[tokio::test(start_paused = true)]
    async fn a_once_cell_starts_again_as_well() {
        let once = tokio::sync::OnceCell::new();
        let calls = AtomicU32::new(0);
        let callers = (0..100).map(async |caller| {
            sleep(Duration::from_millis(300) * caller).await;
            let call = once.get_or_init(async || {
                calls.fetch_add(1, Relaxed);
                sleep(Duration::from_millis(1800)).await;
            });
            timeout(Duration::from_millis(1350), call).await
        });
        assert!(join_all(callers).await.iter().all(Result::is_err));
        assert_eq!(calls.into_inner(), 100);
    }
}
