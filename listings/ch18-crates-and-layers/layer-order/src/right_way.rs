//! A limit for each attempt: `cargo run --bin layer-order-right-way`
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};
use tower::retry::Policy;
use tower::timeout::error::Elapsed;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};

const DEADLINE: Duration = Duration::from_secs(8);
const LIMIT: Duration = Duration::from_secs(3);

/// Asks again, after half a second, when an attempt took too long.
#[derive(Clone)]
struct Retries(u32);

impl Policy<u32, &'static str, BoxError> for Retries {
    type Future = Sleep;

    fn retry(
        &mut self,
        attempt: &mut u32,
        result: &mut Result<&'static str, BoxError>,
    ) -> Option<Sleep> {
        let late = result.as_ref().err()?.is::<Elapsed>();
        self.0 = self.0.checked_sub(1)?;
        *attempt += 1;
        late.then(|| sleep(Duration::from_millis(500)))
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

fn client() -> impl Service<u32, Response = &'static str, Error = BoxError> {
    // From the outside in: a limit for all, attempts, a limit for each.
    ServiceBuilder::new()
        .timeout(DEADLINE)
        .retry(Retries(2))
        .timeout(LIMIT)
        .service(service_fn(model))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let start = Instant::now();
    let answer = client().oneshot(1).await?;
    println!("{answer}");
    assert_eq!(start.elapsed().as_secs(), 4, "the limit, and an answer");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hanging attempt is given up after three seconds, and the next one is
    /// answered at 4.5 seconds.
    #[tokio::test(start_paused = true)]
    async fn the_second_attempt_answers_at_4500_milliseconds() {
        let start = Instant::now();
        assert!(client().oneshot(1).await.is_ok());
        assert_eq!(start.elapsed(), Duration::from_millis(4500));
    }

    /// Where all attempts hang, the deadline ends them at eight seconds.
    #[tokio::test(start_paused = true)]
    async fn the_deadline_holds_for_all_attempts() {
        let start = Instant::now();
        assert!(client().oneshot(3).await.is_err());
        assert_eq!(start.elapsed(), DEADLINE);
    }
}
