//! A retry with jitter, 200 times: `cargo run --bin crate-retry-right-way`
use futures::future::join_all;
use http::Response;
use llm_client::{Backoff, Error, Jitter, Refusal, retry};
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

const REFUSAL: &str = r#"{"error":{"message":"wait","type":"requests"}}"#;

/// A provider with no room: it refuses the first 200 requests, with this
/// `Retry-After`, and notes when the others come.
struct Provider {
    seen: Mutex<Vec<Duration>>,
    retry_after: Option<&'static str>,
    start: Instant,
}

impl Provider {
    fn new(retry_after: Option<&'static str>) -> Self {
        let (seen, start) = (Mutex::default(), Instant::now());
        Self {
            seen,
            retry_after,
            start,
        }
    }

    fn answer(&self) -> Response<&'static str> {
        let mut seen = self.seen.lock().expect("no panic within");
        seen.push(self.start.elapsed());
        if seen.len() > 200 {
            return Response::new("{}");
        }
        let mut response = Response::builder().status(429);
        if let Some(wait) = self.retry_after {
            response = response.header("retry-after", wait);
        }
        response.body(REFUSAL).expect("it is well-formed")
    }

    /// When requests came after the first 200.
    fn later(&self) -> Vec<Duration> {
        self.seen.lock().expect("no panic within").split_off(200)
    }
}

/// One attempt, judged by the one table of errors.
fn attempt(provider: &Provider) -> Result<(), Error> {
    let response = provider.answer();
    if response.status().is_success() {
        return Ok(());
    }
    let (head, body) = response.into_parts();
    let refusal = Refusal::of(head.status, &head.headers, body.as_bytes());
    Err(Error::head(refusal.into()))
}

/// When 200 callers come back who were all refused at once, and how many get
/// an answer.
async fn back(retry_after: Option<&'static str>) -> (Vec<Duration>, usize) {
    let provider = Provider::new(retry_after);
    let backoff = Backoff::default();
    // The same in every run, to be shown: `random()` is for a product.
    let jitter = Jitter::seeded(18);
    let attempt = async || attempt(&provider);
    let ask = async |_| retry(&backoff, &jitter, attempt, |_, _| ()).await;
    let answers = join_all((0..200).map(ask)).await;
    (provider.later(), answers.iter().flatten().count())
}

/// The most of them that come within ten milliseconds.
fn most_at_once(times: &[Duration]) -> usize {
    let within = |from: &Duration| {
        let end = *from + Duration::from_millis(10);
        times.iter().filter(|at| (*from..end).contains(at)).count()
    };
    times.iter().map(within).max().unwrap_or_default()
}

/// The clock stands still: ties are what this is about.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (times, answered) = back(None).await;
    println!("200 are refused at once");
    let most = most_at_once(&times);
    println!("{most} come back within 10 ms");
    let last = times.iter().max().expect("there are 200");
    println!("All come back at most {} ms later", last.as_millis());
    assert_eq!(answered, 200);
    assert!(most < 20, "they come over half a second");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// They come back over half a second, never before they are told to.
    #[tokio::test(start_paused = true)]
    async fn all_come_back_spread_and_none_early() {
        let (times, answered) = back(Some("0.9")).await;
        let told = Duration::from_millis(900);
        let end = told + Backoff::default().base;
        assert!(times.iter().all(|at| (told..=end).contains(at)));
        assert!(most_at_once(&times) < 20);
        assert_eq!(answered, 200);
    }

    /// An hour is the caller's to know of, and nobody sleeps it.
    #[tokio::test(start_paused = true)]
    async fn an_hour_is_not_slept() {
        let (times, answered) = back(Some("3600")).await;
        assert_eq!((times.len(), answered), (0, 0));
    }
}
