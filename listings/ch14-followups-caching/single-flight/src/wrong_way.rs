//! All look before one has filled it: `cargo run --bin single-flight-wrong-way`
use futures::future::join_all;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{Instant, sleep};

type Vector = Vec<f32>;

#[derive(Default)]
struct Embedder {
    calls: AtomicU32,
    cache: Mutex<HashMap<String, Vector>>,
}

impl Embedder {
    /// Stands for the paid call.
    async fn call(&self, text: &str) -> Vector {
        let call = self.calls.fetch_add(1, Relaxed) + 1;
        println!("Call {call} sent");
        sleep(Duration::from_secs(1)).await;
        println!("Call {call} answered");
        text.bytes().map(f32::from).collect()
    }

    async fn embed(&self, text: &str) -> Vector {
        let known =
            self.cache.lock().expect("nobody panics").get(text).cloned();
        if let Some(vector) = known {
            return vector;
        }
        // Between the look and the insertion lies an await: others look, too.
        let vector = self.call(text).await;
        let mut cache = self.cache.lock().expect("nobody panics");
        cache.insert(text.to_owned(), vector.clone());
        vector
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let embedder = Embedder::default();
    join_all((0..10).map(|_| embedder.embed("What is a waker?"))).await;
    let (calls, took) = (embedder.calls.into_inner(), start.elapsed());
    println!("10 answers, {calls} calls, after {} s", took.as_secs());
    assert_eq!(calls, 10, "each of them missed the cache");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten equal requests at once are ten calls, cache or no cache.
    #[tokio::test(start_paused = true)]
    async fn ten_at_once_are_ten_calls() {
        let embedder = Embedder::default();
        join_all((0..10).map(|_| embedder.embed("same"))).await;
        assert_eq!(embedder.calls.into_inner(), 10);
    }

    /// One after another they are one call, which is how it is tried out.
    #[tokio::test(start_paused = true)]
    async fn ten_in_turn_are_one_call() {
        let embedder = Embedder::default();
        for _ in 0..10 {
            embedder.embed("same").await;
        }
        assert_eq!(embedder.calls.into_inner(), 1);
    }
}
