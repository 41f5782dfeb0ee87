//! The call is nobody's own: `cargo run --bin leader-leaves-right-way`
use futures::future::join_all;
use moka::future::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinError;
use tokio::time::{error::Elapsed, sleep, timeout};

type Vector = Arc<[f32]>; // a clone is a pointer
const LIMIT: Duration = Duration::from_secs(30); // for the call itself
const PATIENCE: Duration = Duration::from_mins(1); // and before it, for a place
const AT_ONCE: usize = 8; // different calls

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("there is no text to embed")]
    NoText,
    #[error("no place within {PATIENCE:?}")]
    Busy,
    #[error("no answer within {LIMIT:?}")]
    TimedOut(#[from] Elapsed),
    #[error("the call ended without an answer")]
    Died(#[from] JoinError),
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

#[derive(Clone)]
struct Embedder {
    calls: Arc<AtomicU32>,
    permits: Arc<Semaphore>,
    cache: Cache<Request, Vector>, // a clone is the same cache
}

impl Embedder {
    fn new() -> Self {
        let cache = Cache::builder().max_capacity(1000);
        let cache = cache.time_to_live(Duration::from_hours(1)).build();
        Self {
            calls: Arc::default(),
            permits: Arc::new(Semaphore::new(AT_ONCE)),
            cache,
        }
    }

    /// Stands for the paid call.
    async fn call(&self, request: &Request) -> Result<Vector, Error> {
        let call = self.calls.fetch_add(1, Relaxed) + 1;
        println!("Call {call} sent");
        sleep(Duration::from_millis(1800)).await;
        assert_ne!(request.text, "a bug", "of ours");
        println!("Call {call} answered");
        if request.text.is_empty() {
            return Err(Error::NoText);
        }
        let numbers = request.text.bytes().map(f32::from);
        Ok(numbers.take(request.dimensions).collect())
    }

    /// The call, in a task of its own. If it panics, that is an error like
    /// any other; moka would begin a call for each of those who wait.
    async fn begin(self, request: Request) -> Result<Vector, Error> {
        // Before the limit begins: to wait for a place is not to be answered.
        let permit = Arc::clone(&self.permits).acquire_owned();
        let permit = timeout(PATIENCE, permit).await;
        let permit = permit.map_err(|_| Error::Busy)?.expect("never closed");
        let call = tokio::spawn(async move {
            let _permit = permit;
            timeout(LIMIT, self.call(&request)).await?
        });
        call.await?
    }

    async fn embed(&self, request: Request) -> Result<Vector, Arc<Error>> {
        if let Some(vector) = self.cache.get(&request).await {
            return Ok(vector); // a hit needs no task
        }
        let this = self.clone();
        // A task goes on when its caller leaves, and so does all it waits for.
        let task = tokio::spawn(async move {
            let call = this.clone().begin(request.clone());
            this.cache.try_get_with(request, call).await
        });
        task.await.map_err(|died| Arc::new(died.into()))?
    }
}

/// One question, by a caller every 0.3 s, each with a limit of 1.35 s.
async fn answers(embedder: &Embedder, callers: u32) -> usize {
    let callers = (1..=callers).map(async |caller| {
        sleep(Duration::from_millis(300) * (caller - 1)).await;
        let answer = embedder.embed(request("What is a waker?"));
        match timeout(Duration::from_millis(1350), answer).await {
            Ok(Ok(_vector)) => return true,
            Ok(Err(error)) => println!("Caller {caller}: {error}"),
            Err(Elapsed { .. }) => println!("Caller {caller} gave up"),
        }
        false
    });
    let answers = join_all(callers).await;
    answers.into_iter().filter(|&answered| answered).count()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let embedder = Embedder::new();
    let answers = answers(&embedder, 12).await;
    let calls = embedder.calls.load(Relaxed);
    println!("{answers} answers, {calls} calls");
    assert_eq!((answers, calls), (10, 1), "two left, and ten have it");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// A hundred callers share one call; the two whose limit is over leave.
    #[tokio::test(start_paused = true)]
    async fn a_leader_that_leaves_costs_nothing() {
        let embedder = Embedder::new();
        assert_eq!(answers(&embedder, 100).await, 98);
        assert_eq!(embedder.calls.load(Relaxed), 1);
    }

    /// Ten callers share one failure, and the next to ask calls again.
    #[tokio::test(start_paused = true)]
    async fn a_failure_is_shared_and_not_kept() {
        let embedder = Embedder::new();
        for calls in 1..=2 {
            let all = (0..10).map(|_| embedder.embed(request("")));
            for one in join_all(all).await {
                let error = one.expect_err("there is no text");
                assert!(matches!(*error, Error::NoText));
            }
            assert_eq!(embedder.calls.load(Relaxed), calls);
        }
    }

    /// Ten callers share one panic, as they share an error.
    #[tokio::test(start_paused = true)]
    async fn a_panic_is_shared_and_poisons_nothing() {
        let embedder = Embedder::new();
        let all = (0..10).map(|_| embedder.embed(request("a bug")));
        for one in join_all(all).await {
            let error = one.expect_err("it panics");
            assert!(matches!(*error, Error::Died(_)));
        }
        assert_eq!(embedder.calls.load(Relaxed), 1);
        embedder.embed(request("ok")).await.expect("another key");
    }

    /// Two hundred different calls, eight at a time, take 45 s. None is late:
    /// the limit is on the call, and not on the wait for a place.
    #[tokio::test(start_paused = true)]
    async fn different_texts_wait_for_a_place() {
        let (start, embedder) = (Instant::now(), Embedder::new());
        let all = (1..=200).map(|dimensions| {
            let request = request("What is a waker?");
            embedder.embed(Request {
                dimensions,
                ..request
            })
        });
        assert!(join_all(all).await.into_iter().all(|one| one.is_ok()));
        assert_eq!(start.elapsed(), Duration::from_secs(45));
    }

    /// Of three hundred, those with no place after a minute are told so, and
    /// cost nothing.
    #[tokio::test(start_paused = true)]
    async fn who_finds_no_place_in_a_minute_is_refused() {
        let embedder = Embedder::new();
        let all = (1..=300).map(|dimensions| {
            let request = request("What is a waker?");
            embedder.embed(Request {
                dimensions,
                ..request
            })
        });
        let all = join_all(all).await;
        let refused = all.into_iter().filter_map(Result::err);
        let busy = refused.filter(|error| matches!(**error, Error::Busy));
        assert_eq!(busy.count(), 28);
        assert_eq!(embedder.calls.load(Relaxed), 272);
    }
}
