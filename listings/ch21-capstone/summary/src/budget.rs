//! Requests and tokens per minute: nobody asks before there is room.

use llm_client::Error;
use std::sync::{Arc, Mutex as StdMutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Mutex, Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// What a provider allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many a minute.
    pub per_minute: u32,
    /// How many at once, after a pause.
    pub burst: u32,
}

impl Quota {
    /// How long `amount` takes to come back, rounded up: a limiter that rounds
    /// down is early now and then, and is refused.
    fn refill(self, amount: u32) -> Duration {
        let nanos = 60_000_000_000 * u128::from(amount);
        let nanos = nanos.div_ceil(u128::from(self.per_minute));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

// ANCHOR: bucket
/// A bucket that refills all the time. It keeps one number: when it would be
/// full again, if nobody took anything more. No timer tops it up.
#[derive(Debug)]
struct Bucket {
    quota: Quota,
    full_at: Instant,
}

impl Bucket {
    /// When `amount` is there.
    fn ready(&self, amount: u32) -> Instant {
        let spare = self.quota.burst.saturating_sub(amount);
        let spare = self.quota.refill(spare);
        self.full_at.checked_sub(spare).unwrap_or(self.full_at)
    }

    fn take(&mut self, now: Instant, amount: u32) {
        self.full_at = self.full_at.max(now) + self.quota.refill(amount);
    }
}
// ANCHOR_END: bucket

/// A request that no wait makes fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a request of {tokens} tokens never fits into a budget of {burst}: make \
     the chunks or the answers smaller"
)]
pub struct TooLarge {
    /// What it needs.
    pub tokens: u32,
    /// What there is at the most.
    pub burst: u32,
}

/// Why nobody is let through.
#[derive(Debug, Clone)]
struct Ban {
    until: Instant,
    why: Error,
}

/// A budget of requests and tokens that any number of callers share: one model's.
#[derive(Debug)]
pub struct Budget {
    /// Who holds it is the first of the queue.
    queue: Mutex<()>,
    buckets: StdMutex<Buckets>,
    ban: StdMutex<Option<Ban>>,
    /// There is a longer ban than before.
    banned: Notify,
    /// The longest ban that is waited for.
    patience: Duration,
}

#[derive(Debug)]
struct Buckets {
    requests: Bucket,
    tokens: Bucket,
}

impl Budget {
    /// A full budget.
    #[must_use]
    pub fn new(requests: Quota, tokens: Quota, patience: Duration) -> Self {
        let full_at = Instant::now();
        let bucket = |quota| Bucket { quota, full_at };
        Self {
            queue: Mutex::default(),
            buckets: StdMutex::new(Buckets {
                requests: bucket(requests),
                tokens: bucket(tokens),
            }),
            ban: StdMutex::default(),
            banned: Notify::new(),
            patience,
        }
    }

    /// Whether a request of so many tokens can ever be let through.
    ///
    /// # Errors
    /// If not.
    pub fn admits(&self, tokens: u32) -> Result<(), TooLarge> {
        let burst = self.buckets().tokens.quota.burst;
        if tokens > burst {
            return Err(TooLarge { tokens, burst });
        }
        Ok(())
    }

    // ANCHOR: acquire
    /// Waits until one request of so many tokens is within the budget and
    /// there is a permit for it, and takes both. First come, first served.
    ///
    /// Nothing is taken by a caller who is dropped while waiting. And nobody
    /// holds a permit while the budget is waited for: others could use it.
    ///
    /// # Errors
    /// The one that closed it, if that is for longer than we have patience.
    ///
    /// # Panics
    /// If the semaphore is closed.
    pub async fn acquire(
        &self,
        tokens: u32,
        calls: &Arc<Semaphore>,
    ) -> Result<OwnedSemaphorePermit, Error> {
        // Held across the waits on purpose: it is the queue. tokio's mutex is
        // fair, so a large request isn't overtaken for ever by small ones.
        let _first = self.queue.lock().await;
        loop {
            self.ready(tokens).await?;
            let permit = Arc::clone(calls).acquire_owned().await;
            // That may have taken long, and a hedge may have come between.
            if self.try_take(tokens) {
                return Ok(permit.expect("nobody closes it"));
            }
        }
    }

    /// The same for a call that needs no permit of these and is in a hurry: it
    /// passes the queue.
    ///
    /// # Errors
    /// As [`Budget::acquire`].
    pub async fn acquire_now(&self, tokens: u32) -> Result<(), Error> {
        while !self.try_take(tokens) {
            self.ready(tokens).await?;
        }
        Ok(())
    }

    async fn ready(&self, tokens: u32) -> Result<(), Error> {
        loop {
            // The provider may close the door meanwhile: look again.
            let banned = self.banned.notified();
            if let Some(why) = self.closed_for_long() {
                return Err(why);
            }
            let Some(at) = self.wait_until(tokens) else {
                return Ok(());
            };
            tokio::select! { () = sleep_until(at) => {} () = banned => {} }
        }
    }

    fn try_take(&self, tokens: u32) -> bool {
        if self.wait_until(tokens).is_some() {
            return false;
        }
        let (now, mut buckets) = (Instant::now(), self.buckets());
        buckets.requests.take(now, 1);
        buckets.tokens.take(now, tokens);
        true
    }
    // ANCHOR_END: acquire

    /// When such a request is within the budget; `None` if it is.
    fn wait_until(&self, tokens: u32) -> Option<Instant> {
        let ban = self.ban().as_ref().map(|ban| ban.until);
        let buckets = self.buckets();
        let ready = buckets.requests.ready(1).max(buckets.tokens.ready(tokens));
        let ready = ban.map_or(ready, |until| ready.max(until));
        (ready > Instant::now()).then_some(ready)
    }

    /// Lets nobody through for so long: the provider said so, by this error. A
    /// request that is refused is a sign for all that share the key, and of two
    /// bans the longer one holds.
    ///
    /// # Panics
    /// If another thread panicked in here.
    pub fn close_for(&self, pause: Duration, why: &Error) {
        let until = Instant::now() + pause;
        let mut ban = self.ban();
        if ban.as_ref().is_none_or(|ban| ban.until < until) {
            let why = why.clone();
            *ban = Some(Ban { until, why });
            self.banned.notify_waiters();
        }
    }

    /// The error that closed it, if that is for longer than we wait.
    fn closed_for_long(&self) -> Option<Error> {
        let limit = Instant::now() + self.patience;
        let ban = self.ban();
        let ban = ban.as_ref().filter(|ban| ban.until > limit)?;
        Some(ban.why.clone())
    }

    fn ban(&self) -> MutexGuard<'_, Option<Ban>> {
        self.ban.lock().expect("no panic within")
    }

    fn buckets(&self) -> MutexGuard<'_, Buckets> {
        self.buckets.lock().expect("no panic within")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use llm_client::Cause;
    use proptest::prelude::*;
    use tokio::time::sleep;

    const PLENTY: Quota = Quota {
        per_minute: 1_000_000_000,
        burst: 1_000_000,
    };

    const PATIENCE: Duration = Duration::from_mins(1);

    fn budget(requests: Quota, tokens: Quota) -> Budget {
        Budget::new(requests, tokens, PATIENCE)
    }

    /// Permits for all.
    fn any() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(Semaphore::MAX_PERMITS))
    }

    fn error() -> Error {
        Error::head(Cause::Empty)
    }

    fn quota(per_minute: u32, burst: u32) -> Quota {
        Quota { per_minute, burst }
    }

    /// When each of these requests is let through, in seconds.
    async fn starts(budget: &Budget, tokens: &[u32]) -> Vec<f64> {
        let start = Instant::now();
        let calls = tokens.iter().map(|tokens| async {
            drop(budget.acquire(*tokens, &any()).await.expect("open"));
            start.elapsed().as_secs_f64()
        });
        join_all(calls).await
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_burst_one_a_second() {
        let budget = budget(quota(60, 3), PLENTY);
        let starts = starts(&budget, &[1; 6]).await;
        let whole: Vec<f64> = starts.iter().map(|s| s.floor()).collect();
        assert_eq!(whole, [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_bind_where_requests_do_not() {
        let budget = budget(PLENTY, quota(10_000, 10_000));
        let starts = starts(&budget, &[6000, 3000, 4000]).await;
        let whole: Vec<f64> = starts.iter().map(|s| s.floor()).collect();
        assert_eq!(whole, [0.0, 0.0, 18.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_provider_can_close_the_door_for_those_who_wait() {
        let budget = budget(quota(60, 1), PLENTY);
        drop(budget.acquire(1, &any()).await.expect("open"));
        let start = Instant::now();
        let close = async {
            sleep(Duration::from_millis(500)).await;
            budget.close_for(Duration::from_secs(7), &error());
        };
        let calls = any();
        let (turn, ()) = tokio::join!(budget.acquire(1, &calls), close);
        drop(turn.expect("open"));
        assert_eq!(start.elapsed(), Duration::from_millis(7500));
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_bans_the_longer_one_holds() {
        for pauses in [[7, 2], [2, 7]] {
            let budget = budget(PLENTY, PLENTY);
            let start = Instant::now();
            for pause in pauses {
                budget.close_for(Duration::from_secs(pause), &error());
            }
            drop(budget.acquire(1, &any()).await.expect("open"));
            assert_eq!(start.elapsed(), Duration::from_secs(7));
        }
    }

    /// Also for those who were in the queue by then.
    #[tokio::test(start_paused = true)]
    async fn a_ban_that_is_too_long_is_an_error_at_once() {
        let budget = budget(quota(60, 1), PLENTY);
        drop(budget.acquire(1, &any()).await.expect("open"));
        let start = Instant::now();
        let close = async {
            sleep(Duration::from_millis(500)).await;
            budget.close_for(PATIENCE + Duration::from_secs(1), &error());
        };
        let calls = any();
        let wait = || budget.acquire(1, &calls);
        let (first, second, ()) = tokio::join!(wait(), wait(), close);
        assert_eq!(first.expect_err("shut"), error());
        assert_eq!(second.expect_err("shut"), error());
        assert_eq!(start.elapsed(), Duration::from_millis(500));
        // Once there is less of it than our patience, it is waited for.
        sleep(Duration::from_secs(2)).await;
        drop(budget.acquire(1, &any()).await.expect("waited for"));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_holds_a_permit_while_the_budget_is_waited_for() {
        let budget = budget(quota(60, 1), PLENTY);
        let calls = Arc::new(Semaphore::new(1));
        drop(budget.acquire(1, &calls).await.expect("open"));
        let waiting = async {
            sleep(Duration::from_millis(500)).await;
            assert_eq!(calls.available_permits(), 1);
        };
        let (turn, ()) = tokio::join!(budget.acquire(1, &calls), waiting);
        drop(turn.expect("open"));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_of_the_budget_is_taken_while_a_permit_is_waited_for() {
        let budget = budget(quota(60, 2), PLENTY);
        let calls = Arc::new(Semaphore::new(1));
        let start = Instant::now();
        let permit = budget.acquire(1, &calls).await;
        let ends = async {
            // A hedge passes the one who waits, and takes what is left.
            budget.acquire_now(1).await.expect("open");
            assert_eq!(start.elapsed(), Duration::ZERO);
            sleep(Duration::from_millis(400)).await;
            drop(permit);
        };
        let (turn, ()) = tokio::join!(budget.acquire(1, &calls), ends);
        drop(turn.expect("open"));
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_fits_is_told_before_any_wait() {
        let budget = budget(PLENTY, quota(60, 10));
        assert_eq!(budget.admits(10), Ok(()));
        let error = budget.admits(11).expect_err("it never fits");
        assert_eq!((error.tokens, error.burst), (11, 10));
    }

    #[test]
    fn the_largest_limit_overflows_nothing() {
        let quota = quota(u32::MAX, u32::MAX);
        assert_eq!(quota.refill(u32::MAX), Duration::from_mins(1));
        assert_eq!(quota.refill(1), Duration::from_nanos(14));
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_gives_up_takes_nothing() {
        let budget = budget(quota(60, 1), PLENTY);
        drop(budget.acquire(1, &any()).await.expect("open"));
        let start = Instant::now();
        let limit = Duration::from_millis(900);
        let late = tokio::time::timeout(limit, budget.acquire(1, &any())).await;
        assert!(late.is_err());
        drop(budget.acquire(1, &any()).await.expect("open"));
        assert_eq!(start.elapsed().as_secs(), 1);
    }

    proptest! {
        /// Whatever is asked for, and when: in no window of time is more let
        /// through than the burst and what came back meanwhile.
        #[test]
        fn the_budget_is_never_exceeded(
            calls in prop::collection::vec((0_u64..3000, 1_u32..900), 1..60),
            per_minute in 30_u32..600,
            burst in 1_u32..9,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .expect("a runtime");
            let tokens = quota(per_minute * 100, 1000);
            let passed = runtime.block_on(async {
                let budget = budget(quota(per_minute, burst), tokens);
                let start = Instant::now();
                let calls = calls.iter().map(|(begin, cost)| {
                    let budget = &budget;
                    async move {
                        let begin = Duration::from_millis(*begin);
                        sleep(begin).await;
                        drop(budget.acquire(*cost, &any()).await.expect("open"));
                        (start.elapsed().as_secs_f64(), *cost)
                    }
                });
                let mut passed = join_all(calls).await;
                passed.sort_by(|a, b| a.0.total_cmp(&b.0));
                passed
            });
            for first in 0..passed.len() {
                let (mut requests, mut spent) = (0.0, 0.0);
                for (at, cost) in &passed[first..] {
                    requests += 1.0;
                    spent += f64::from(*cost);
                    let minutes = (at - passed[first].0) / 60.0;
                    let back = minutes * f64::from(per_minute);
                    prop_assert!(requests <= f64::from(burst) + back + 1e-6);
                    let back = minutes * f64::from(tokens.per_minute);
                    let allowed = f64::from(tokens.burst) + back + 1e-6;
                    prop_assert!(spent <= allowed);
                }
            }
        }
    }
}
