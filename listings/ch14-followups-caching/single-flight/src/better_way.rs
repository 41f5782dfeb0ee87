//! The same, bounded, with an age: `cargo run --bin single-flight-better-way`
use futures::future::join_all;
use moka::future::Cache;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

type Vector = Arc<[f32]>;
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("there is no text to embed")]
struct NoText;

/// The whole request is the key: whatever changes the answer belongs to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Request(&'static str, u16); // the text, how many dimensions
const WAKER: Request = Request("What is a waker?", 8);
struct Embedder {
    calls: AtomicU32,
    cache: Cache<Request, Vector>,
}

impl Embedder {
    fn new() -> Self {
        let calls = AtomicU32::new(0);
        let cache = Cache::builder().max_capacity(1000);
        let cache = cache.time_to_live(Duration::from_mins(1)).build();
        Self { calls, cache }
    }

    async fn call(&self, request: Request) -> Result<Vector, NoText> {
        let call = self.calls.fetch_add(1, Relaxed) + 1;
        println!("Call {call} sent");
        sleep(Duration::from_secs(2)).await;
        println!("Call {call} answered");
        let bytes = Some(request.0.bytes()).filter(|bytes| bytes.len() > 0);
        let numbers = bytes.ok_or(NoText)?.map(f32::from);
        Ok(numbers.take(request.1.into()).collect())
    }

    /// All who waited share an error: `Arc`. With a hit, nothing is polled.
    async fn embed(&self, request: Request) -> Result<Vector, Arc<NoText>> {
        self.cache.try_get_with(request, self.call(request)).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (start, embedder) = (Instant::now(), Embedder::new());
    join_all((0..10).map(|_| embedder.embed(WAKER))).await;
    let (calls, took) = (embedder.calls.into_inner(), start.elapsed());
    println!("10 answers, {calls} calls, after {} s", took.as_secs());
    assert_eq!(calls, 1, "nine waited for the one");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten callers share one failure, and the next call is a new attempt.
    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_and_not_kept() {
        let embedder = Embedder::new();
        let ask = || embedder.embed(Request("", 8));
        let all = join_all((0..10).map(|_| ask())).await;
        assert!(all.iter().all(|one| one == &Err(Arc::new(NoText))));
        ask().await.expect_err("there is still no text");
        assert_eq!(embedder.calls.into_inner(), 2);
    }

    /// Hours of tokio's paused time age nothing: moka has a clock of its own.
    #[tokio::test(start_paused = true)]
    async fn paused_time_does_not_age_an_entry() {
        let embedder = Embedder::new();
        for _ in 0..2 {
            embedder.embed(WAKER).await.expect("there is a text");
            sleep(Duration::from_hours(1)).await;
        }
        assert_eq!(embedder.calls.into_inner(), 1);
    }
}
