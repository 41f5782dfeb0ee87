//! A limit for each attempt: `cargo run --bin layer-order-right-way`
use llm_client::{Backoff, Cause, Error, Jitter};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};
use tower::retry::Policy;
use tower::timeout::error::Elapsed;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};

/// What the caller was promised. A second attempt has what is left of it.
const DEADLINE: Duration = Duration::from_secs(5);
const LIMIT: Duration = Duration::from_secs(3);

/// Asks once more when an attempt took too long, after a pause of at most half
/// a second: twice too slow is most likely paid for twice. Each call has a
/// clone of its own, which counts its failures.
#[derive(Clone)]
struct Retries {
    failures: u32,
    jitter: Arc<Jitter>,
}

impl Policy<u32, &'static str, BoxError> for Retries {
    type Future = Sleep;

    fn retry(
        &mut self,
        attempt: &mut u32,
        result: &mut Result<&'static str, BoxError>,
    ) -> Option<Sleep> {
        if !result.as_ref().err()?.is::<Elapsed>() {
            return None;
        }
        let late = Error::head(Cause::TooSlow(LIMIT));
        let backoff = Backoff::default();
        let pause = backoff.pause(self.failures, &late, &self.jitter)?;
        self.failures += 1;
        *attempt += 1;
        Some(sleep(pause))
    }

    fn clone_request(&mut self, attempt: &u32) -> Option<u32> {
        Some(*attempt)
    }
}

/// Only the second attempt is answered; the others hang.
async fn model(attempt: u32) -> Result<&'static str, BoxError> {
    println!("Attempt {attempt}");
    let hangs = attempt != 2;
    sleep(Duration::from_secs(if hangs { 60 } else { 1 })).await;
    Ok("Four")
}

fn client(
    jitter: Jitter,
) -> impl Service<u32, Response = &'static str, Error = BoxError> {
    let retries = Retries {
        failures: 0,
        jitter: Arc::new(jitter),
    };
    // From the outside in: a limit for all, attempts, a limit for each.
    ServiceBuilder::new()
        .timeout(DEADLINE)
        .retry(retries)
        .timeout(LIMIT)
        .service(service_fn(model))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let start = Instant::now();
    // The same in every run, to be shown.
    let jitter = Jitter::seeded(3);
    let answer = client(jitter).oneshot(1).await?;
    println!("{answer}");
    assert_eq!(start.elapsed().as_secs(), 4, "the limit, and an answer");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hanging attempt is given up after three seconds, and the next one is
    /// answered a second and a pause later: at 4.5 seconds at the latest.
    #[tokio::test(start_paused = true)]
    async fn the_second_attempt_answers_by_4500_milliseconds() {
        let start = Instant::now();
        assert!(client(Jitter::random()).oneshot(1).await.is_ok());
        let took = start.elapsed().as_millis();
        assert!((4000..=4501).contains(&took), "{took}");
    }

    /// Where both attempts hang, the deadline ends the second at five seconds,
    /// before its own limit does.
    #[tokio::test(start_paused = true)]
    async fn the_deadline_ends_the_second_attempt_at_5_seconds() {
        let start = Instant::now();
        assert!(client(Jitter::random()).oneshot(3).await.is_err());
        assert_eq!(start.elapsed(), Duration::from_secs(5));
    }
}
