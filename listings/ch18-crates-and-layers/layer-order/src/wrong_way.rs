//! One limit around all attempts: `cargo run --bin layer-order-wrong-way`
use llm_client::{Backoff, Cause, Error, Jitter};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};
use tower::retry::Policy;
use tower::timeout::error::Elapsed;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};

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
    // From the outside in: the limit holds for all that the retry does.
    ServiceBuilder::new()
        .timeout(LIMIT)
        .retry(retries)
        .service(service_fn(model))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    // The same in every run, to be shown.
    let jitter = Jitter::seeded(3);
    let answer = client(jitter).oneshot(1).await;
    let error = answer.expect_err("the first attempt hangs");
    println!("No answer: {error}");
    assert!(error.is::<Elapsed>(), "there was no second attempt");
    assert_eq!(start.elapsed().as_secs(), 3, "the limit of all attempts");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A limit around the retry ends with the first attempt that hangs.
    #[tokio::test(start_paused = true)]
    async fn one_attempt_uses_up_the_limit_of_three_seconds() {
        let start = Instant::now();
        assert!(client(Jitter::random()).oneshot(1).await.is_err());
        assert_eq!(start.elapsed(), LIMIT);
    }
}
