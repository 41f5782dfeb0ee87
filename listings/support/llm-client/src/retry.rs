//! When to ask again.

use crate::error::{Error, Remedy};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::sleep;

/// How often to ask, and how long to wait in between, on tokio's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// How often one question is asked at most.
    pub attempts: u32,
    /// The most that the first pause can be; it doubles with each.
    pub base: Duration,
    /// The most that any pause can be that the provider didn't ask for.
    pub cap: Duration,
    /// The longest `Retry-After` that is waited for.
    pub patience: Duration,
}

/// Three attempts, as the official clients make; half a second, then a second;
/// half a minute if the provider asks for it.
impl Default for Backoff {
    fn default() -> Self {
        Self {
            attempts: 3,
            base: Duration::from_millis(500),
            cap: Duration::from_secs(8),
            patience: Duration::from_secs(30),
        }
    }
}

/// Chance, of which each pause takes its share.
#[derive(Debug)]
pub struct Jitter(Mutex<ChaCha8Rng>);

impl Jitter {
    /// Other pauses in every run.
    #[must_use]
    pub fn random() -> Self {
        Self(Mutex::new(rand::make_rng()))
    }

    /// The same pauses in every run: for tests, and for a run that is shown.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }

    /// A share of `most`.
    fn of(&self, most: Duration) -> Duration {
        let mut rng = self.0.lock().expect("no panic within");
        most.mul_f64(rng.random_range(0.0..1.0))
    }
}

impl Backoff {
    /// How long to wait after the failure of this number, from 0; `None` if
    /// it was the last, or if the same question would fail again.
    #[must_use]
    pub fn pause(
        &self,
        failures: u32,
        error: &Error,
        jitter: &Jitter,
    ) -> Option<Duration> {
        let Remedy::Retry(told) = error.remedy() else {
            return None;
        };
        // What was most likely paid for is asked once more, if it was the first
        // to fail, and no more.
        let attempts = if error.may_be_paid() { 2 } else { u32::MAX };
        if failures + 1 >= attempts.min(self.attempts) {
            return None;
        }
        let most = self.base.saturating_mul(2_u32.saturating_pow(failures));
        let pause = jitter.of(most.min(self.cap));
        match told {
            Some(told) if told > self.patience => None,
            // Not before we are told, and not all at once when we are.
            Some(told) => Some(told + pause),
            None => Some(pause),
        }
    }
}

// ANCHOR: retry
/// Asks until there is an answer, or an error that stays. `failed` hears of
/// each error that is followed by another attempt, and of the pause before it.
///
/// # Errors
/// The last one.
pub async fn retry<T, F>(
    backoff: &Backoff,
    jitter: &Jitter,
    mut attempt: impl FnMut() -> F,
    failed: impl Fn(&Error, Duration),
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut failures = 0;
    loop {
        // What an attempt holds, a permit say, is free again when it ends: the
        // pause below holds nothing.
        let error = match attempt().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let Some(pause) = backoff.pause(failures, &error, jitter) else {
            return Err(error);
        };
        failed(&error, pause);
        sleep(pause).await;
        failures += 1;
    }
}
// ANCHOR_END: retry

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;
    use crate::refusal::{Refusal, RefusalKind};
    use std::cell::Cell;
    use tokio::time::Instant;

    const BACKOFF: Backoff = Backoff {
        attempts: 4,
        base: Duration::from_secs(1),
        cap: Duration::from_secs(3),
        patience: Duration::from_secs(30),
    };

    fn refused(kind: RefusalKind, retry_after: Option<u64>) -> Error {
        let refusal = Refusal {
            status: Some(503),
            kind,
            code: String::new(),
            message: String::new(),
            retry_after: retry_after.map(Duration::from_secs),
        };
        Error::head(Cause::from(refusal))
    }

    fn busy(retry_after: Option<u64>) -> Error {
        refused(RefusalKind::Busy, retry_after)
    }

    /// Asks a server that fails so often; how often it was asked, and for how
    /// long in all.
    async fn asked(fails: u32, error: &Error) -> (bool, u32, Duration) {
        let (start, asked) = (Instant::now(), Cell::new(0));
        let attempt = async || {
            asked.set(asked.get() + 1);
            if asked.get() <= fails {
                return Err(error.clone());
            }
            Ok(())
        };
        let jitter = Jitter::seeded(1);
        let answer = retry(&BACKOFF, &jitter, attempt, |_, _| ()).await;
        (answer.is_ok(), asked.get(), start.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_that_passes_is_asked_again() {
        let (answered, asked, took) = asked(3, &busy(None)).await;
        assert!(answered);
        assert_eq!(asked, 4);
        // At most 1, 2 and 3 s, of which chance leaves something.
        assert!(took < Duration::from_secs(6), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn enough_is_enough() {
        let (answered, asked, _) = asked(99, &busy(None)).await;
        assert!(!answered);
        assert_eq!(asked, 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_permanent_error_is_asked_once() {
        let empty = refused(RefusalKind::NoCredit, Some(1));
        let (answered, asked, took) = asked(99, &empty).await;
        assert!(!answered);
        assert_eq!((asked, took), (1, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn the_provider_s_word_is_a_lower_bound() {
        let (answered, _, took) = asked(1, &busy(Some(7))).await;
        assert!(answered);
        assert!(took >= Duration::from_secs(7), "{took:?}");
        assert!(took < Duration::from_secs(8), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_provider_that_is_away_for_an_hour_is_not_waited_for() {
        let (answered, asked, took) = asked(1, &busy(Some(3600))).await;
        assert!(!answered);
        assert_eq!((asked, took), (1, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_too_slow_is_asked_once_more() {
        for cause in [Cause::TimedOut, Cause::TooSlow] {
            let slow = Error::head(cause(Duration::from_mins(1)));
            assert_eq!(asked(99, &slow).await.1, 2);
        }
    }

    /// So that it may run in a task of its own.
    #[tokio::test(start_paused = true)]
    async fn it_can_be_spawned() {
        let jitter = Jitter::seeded(1);
        let asked = tokio::spawn(async move {
            let question = String::from("Why?");
            let attempt = async || {
                sleep(Duration::from_secs(1)).await;
                Ok(question.len())
            };
            retry(&BACKOFF, &jitter, attempt, |_, _| ()).await
        });
        assert_eq!(asked.await.expect("no panic"), Ok(4));
    }

    #[test]
    fn pauses_are_spread_below_a_ceiling_that_doubles() {
        let jitter = Jitter::seeded(7);
        for (failures, ceiling) in [(0, 1.0), (1, 2.0), (2, 3.0)] {
            let pauses: Vec<f64> = (0..200)
                .filter_map(|_| BACKOFF.pause(failures, &busy(None), &jitter))
                .map(|pause| pause.as_secs_f64())
                .collect();
            assert_eq!(pauses.len(), 200);
            assert!(pauses.iter().all(|pause| *pause <= ceiling));
            assert!(pauses.iter().any(|pause| *pause > 0.9 * ceiling));
            assert!(pauses.iter().any(|pause| *pause < 0.1 * ceiling));
        }
    }
}
