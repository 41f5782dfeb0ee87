//! One calls, the rest wait for it: `cargo run --bin single-flight-right-way`
use futures::future::join_all;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::{collections::HashMap, time::Duration};
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep};

type Vector = Arc<[f32]>; // a clone is a pointer
#[derive(Debug, thiserror::Error)]
#[error("call {0} failed")]
struct Overloaded(u32);

#[derive(Default)]
struct Embedder {
    calls: AtomicU32,
    failing: AtomicU32, // the first so many calls fail
    cache: Mutex<HashMap<String, Arc<OnceCell<Vector>>>>,
}

impl Embedder {
    async fn call(&self, text: &str) -> Result<Vector, Overloaded> {
        let call = self.calls.fetch_add(1, Relaxed) + 1;
        println!("Call {call} sent");
        sleep(Duration::from_secs(2)).await;
        if call <= self.failing.load(Relaxed) {
            return Err(Overloaded(call));
        }
        println!("Call {call} answered");
        Ok(text.bytes().map(f32::from).collect())
    }

    async fn embed(&self, text: &str) -> Result<Vector, Overloaded> {
        let cell = {
            // Look and insert under one lock, released before the await.
            let mut cache = self.cache.lock().expect("nobody panics");
            Arc::clone(cache.entry(text.to_owned()).or_default())
        };
        // One fills it, others wait. If it fails or is dropped, the next tries.
        cell.get_or_try_init(|| self.call(text)).await.cloned()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let embedder = Embedder::default();
    join_all((0..10).map(|_| embedder.embed("What is a waker?"))).await;
    let (calls, took) = (embedder.calls.into_inner(), start.elapsed());
    println!("10 answers, {calls} calls, after {} s", took.as_secs());
    assert_eq!(calls, 1, "nine waited for the one");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    /// Ten at once are one call. A failure is not kept: then there are two.
    #[tokio::test(start_paused = true)]
    async fn ten_at_once_are_one_call_and_a_failure_is_not_kept() {
        for failing in [0, 1] {
            let embedder = Embedder::default();
            embedder.failing.store(failing, Relaxed);
            let all = join_all((0..10).map(|_| embedder.embed("same"))).await;
            assert!(all[1..].iter().all(Result::is_ok));
            assert_eq!(embedder.calls.into_inner(), failing + 1);
        }
    }

    /// A caller that gives up at 1 s strands nobody: the next one calls.
    #[tokio::test(start_paused = true)]
    async fn a_cancelled_caller_strands_nobody() {
        let (start, embedder) = (Instant::now(), Embedder::default());
        let hasty = timeout(Duration::from_secs(1), embedder.embed("same"));
        let (hasty, patient) = tokio::join!(hasty, embedder.embed("same"));
        assert!(hasty.is_err() && patient.is_ok());
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
}
