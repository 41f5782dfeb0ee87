//! One calls, all wait for it: `cargo run --bin single-flight-right-way`
use futures::future::{BoxFuture, FutureExt, Shared, join_all};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

const LIMIT: Duration = Duration::from_secs(30); // for the call itself
const PATIENCE: Duration = Duration::from_mins(1); // and before it, for a place
const AT_ONCE: usize = 8; // calls, each for another text

type Vector = Arc<[f32]>; // a clone is a pointer
type Answer = Result<Vector, Error>;
type Flight = Shared<BoxFuture<'static, Answer>>;

/// `Clone`, so that each of those who wait gets it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
enum Error {
    #[error("there is no text to embed")]
    NoText,
    #[error("no place within {PATIENCE:?}")]
    Busy,
    #[error("no answer within {LIMIT:?}")]
    TimedOut,
    #[error("the call panicked or was aborted")]
    Died,
}

/// Calls under way. The text is all that changes an answer here: one model.
type Flights = Arc<Mutex<HashMap<String, Flight>>>;

#[derive(Clone)]
struct Embedder {
    calls: Arc<AtomicU32>,
    permits: Arc<Semaphore>,
    flights: Flights,
}

impl Embedder {
    fn new() -> Self {
        Self {
            calls: Arc::default(),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            flights: Flights::default(),
        }
    }

    /// Stands for the paid call.
    async fn call(&self, text: &str) -> Answer {
        let call = self.calls.fetch_add(1, Relaxed) + 1;
        println!("Call {call} sent");
        sleep(Duration::from_secs(1)).await;
        assert_ne!(text, "a bug", "of ours");
        println!("Call {call} answered");
        let bytes = Some(text.bytes()).filter(|bytes| bytes.len() > 0);
        Ok(bytes.ok_or(Error::NoText)?.map(f32::from).collect())
    }

    async fn embed(&self, text: &str) -> Answer {
        self.flight(text).await // the lock is released by now
    }

    /// The call for this text that is under way, or a new one.
    fn flight(&self, text: &str) -> Flight {
        let mut flights = self.flights.lock().expect("nobody panics");
        if let Some(flight) = flights.get(text) {
            return flight.clone();
        }
        let this = self.clone();
        let landing = Landing(Arc::clone(&self.flights), text.to_owned());
        let flight = async move {
            // A task belongs to no caller: it goes on when any of them leaves.
            // It's spawned at the first poll, when the lock is free: should the
            // runtime be shutting down, its `Landing` is dropped at once.
            let task = tokio::spawn(async move {
                // A limit of its own: a wait for a place is no call. Without
                // one, we'd pay for answers long after all have left.
                let permit = timeout(PATIENCE, this.permits.acquire()).await;
                let permit = permit.map_err(|_| Error::Busy)?;
                let _permit = permit.expect("nobody closes it");
                let call = timeout(LIMIT, this.call(&landing.1));
                call.await.unwrap_or(Err(Error::TimedOut))
            });
            task.await.unwrap_or(Err(Error::Died))
        };
        let flight = flight.boxed().shared();
        flights.insert(text.to_owned(), flight.clone());
        flight
    }
}

/// Takes the flight off the map when its task ends, in whatever way.
struct Landing(Flights, String);
impl Drop for Landing {
    fn drop(&mut self) {
        self.0.lock().expect("nobody panics").remove(&self.1);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let embedder = Embedder::new();
    let all = (0..10).map(|_| embedder.embed("What is a waker?"));
    let answers = join_all(all).await.into_iter().flatten().count();
    let (calls, took) = (embedder.calls.load(Relaxed), start.elapsed());
    println!(
        "{answers} answers, {calls} calls, after {} s",
        took.as_secs()
    );
    assert_eq!((answers, calls), (10, 1), "all waited for the one");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten callers have one answer, one error or one panic; none is kept.
    #[tokio::test(start_paused = true)]
    async fn ten_callers_share_one_call_however_it_ends() {
        let (no_text, died) = (Some(Error::NoText), Some(Error::Died));
        let cases = [("ok", None), ("", no_text), ("a bug", died)];
        for (text, error) in cases {
            let embedder = Embedder::new();
            for calls in 1..=2 {
                let all = join_all((0..10).map(|_| embedder.embed(text))).await;
                assert!(all.into_iter().all(|one| one.err() == error));
                assert_eq!(embedder.calls.load(Relaxed), calls);
                assert!(embedder.flights.lock().expect("whole").is_empty());
            }
        }
    }

    /// All who wait give up at 0.5 s: the call ends, and so does its entry.
    #[tokio::test(start_paused = true)]
    async fn a_call_that_nobody_waits_for_ends_and_leaves_nothing() {
        let embedder = Embedder::new();
        let hasty = timeout(Duration::from_millis(500), embedder.embed("ok"));
        hasty.await.expect_err("it takes 1 s");
        let late = embedder.embed("ok").await;
        assert!(late.is_ok(), "joined the same call");
        assert_eq!(embedder.calls.load(Relaxed), 1);
        assert!(embedder.flights.lock().expect("whole").is_empty());
    }

    /// Four hundred different texts, eight at a time, take 50 s. None is late:
    /// the limit is on the call, and not on the wait for a place.
    #[tokio::test(start_paused = true)]
    async fn different_texts_wait_for_a_place() {
        let (start, embedder) = (Instant::now(), Embedder::new());
        let all = (0..400).map(|i| {
            let embedder = embedder.clone();
            async move { embedder.embed(&format!("text {i}")).await }
        });
        assert!(join_all(all).await.iter().all(Result::is_ok));
        assert_eq!(start.elapsed(), Duration::from_secs(50));
    }

    /// Of a thousand texts, those with no place after a minute are refused, and
    /// neither paid for nor kept.
    #[tokio::test(start_paused = true)]
    async fn a_text_that_finds_no_place_costs_nothing() {
        let (start, embedder) = (Instant::now(), Embedder::new());
        let all = (0..1000).map(|i| {
            let embedder = embedder.clone();
            async move { embedder.embed(&format!("text {i}")).await }
        });
        let all = join_all(all).await;
        let calls = all.iter().flatten().count();
        let busy = all.into_iter().filter(|one| *one == Err(Error::Busy));
        assert_eq!(busy.count(), 1000 - calls);
        assert_eq!(embedder.calls.load(Relaxed) as usize, calls);
        assert!(start.elapsed() <= PATIENCE + Duration::from_secs(1));
        assert!(embedder.flights.lock().expect("whole").is_empty());
    }
}
