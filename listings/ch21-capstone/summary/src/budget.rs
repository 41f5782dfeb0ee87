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

/// Until when no request is let through, and why.
#[derive(Debug, Clone)]
struct Ban {
    until: Instant,
    why: Error,
}

/// A budget of requests and tokens that any number of callers share: one model's.
#[derive(Debug)]
pub struct Budget {
    /// Its holder is the first in the queue.
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

impl Buckets {
    /// When there is room for one request of so many tokens.
    fn ready(&self, tokens: u32) -> Instant {
        self.requests.ready(1).max(self.tokens.ready(tokens))
    }
}

impl Budget {
    /// A full budget.
    ///
    /// # Panics
    /// If a quota is 0 a minute: nothing would ever be let through.
    #[must_use]
    pub fn new(requests: Quota, tokens: Quota, patience: Duration) -> Self {
        assert!(
            requests.per_minute > 0 && tokens.per_minute > 0,
            "a quota of 0 a minute lets nothing through"
        );
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

    /// Waits until one request of so many tokens is within the budget and
    /// there is a permit for it, and takes both. First come, first served.
    ///
    /// A caller that is dropped while it waits has taken nothing. And it holds
    /// no permit while it waits for the budget: others can use that.
    ///
    /// # Errors
    /// The one that closed it, if that is for longer than we have patience.
    ///
    /// # Panics
    /// If the semaphore is closed.
    // ANCHOR: acquire
    pub async fn acquire(
        &self,
        tokens: u32,
        calls: &Arc<Semaphore>,
    ) -> Result<OwnedSemaphorePermit, Error> {
        // Held across the waits on purpose: it is the queue. tokio's mutex is
        // fair, so small requests can't overtake a large one for ever.
        let _first = self.queue.lock().await;
        loop {
            self.ready(tokens).await?;
            let permit = Arc::clone(calls).acquire_owned().await;
            // That may have taken long, and a hedge may have come between.
            if self.try_take(tokens) {
                return Ok(permit.expect("nobody closes it"));
            }
        } // the permit is given back before the next wait
    }
    // ANCHOR_END: acquire

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

    /// Takes one request of so many tokens, if it is within the budget now: for
    /// a call that is in a hurry, passes the queue and needs no permit.
    ///
    /// # Panics
    /// If another thread panicked in here.
    #[must_use]
    pub fn try_take(&self, tokens: u32) -> bool {
        let banned = self.banned_until();
        // One lock for the look and the taking: a hedge may come between.
        let mut buckets = self.buckets();
        let now = Instant::now();
        if banned.max(Some(buckets.ready(tokens))) > Some(now) {
            return false;
        }
        buckets.requests.take(now, 1);
        buckets.tokens.take(now, tokens);
        true
    }

    /// When such a request is within the budget; `None` if it is.
    fn wait_until(&self, tokens: u32) -> Option<Instant> {
        let ready = self.buckets().ready(tokens);
        let ready = self.banned_until().map_or(ready, |until| ready.max(until));
        (ready > Instant::now()).then_some(ready)
    }

    fn banned_until(&self) -> Option<Instant> {
        self.ban().as_ref().map(|ban| ban.until)
    }

    /// Lets no request through for so long: the provider said so, by this error.
    /// It holds for all that share the account, and of two bans the longer one
    /// counts.
    ///
    /// # Panics
    /// If another thread panicked in here.
    pub fn close_for(&self, pause: Duration, why: &Error) {
        let Some(until) = Instant::now().checked_add(pause) else {
            return; // longer than there is time
        };
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
            // A hedge passes the queue, and takes what is left.
            assert!(budget.try_take(1));
            sleep(Duration::from_millis(400)).await;
            drop(permit);
        };
        let (turn, ()) = tokio::join!(budget.acquire(1, &calls), ends);
        drop(turn.expect("open"));
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    /// The head of the queue and a hedge, on two threads.
    #[test]
    fn two_that_take_at_once_never_take_the_same() {
        for _ in 0..100 {
            let budget = budget(quota(1, 500), PLENTY);
            let take = || (0..500).filter(|_| budget.try_take(1)).count();
            let taken: usize = std::thread::scope(|scope| {
                let threads = [(); 4].map(|()| scope.spawn(take));
                let taken = threads.map(|it| it.join().expect("no panic"));
                taken.iter().sum()
            });
            assert_eq!(taken, 500);
        }
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

    /// The most that a window of so many minutes may let through.
    fn most(quota: Quota, minutes: f64) -> f64 {
        f64::from(quota.burst) + minutes * f64::from(quota.per_minute) + 1e-6
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
            let requests = quota(per_minute, burst);
            let tokens = quota(per_minute * 100, 1000);
            let passed = runtime.block_on(async {
                let budget = budget(requests, tokens);
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
                let (mut asked, mut spent) = (0, 0);
                for (at, cost) in &passed[first..] {
                    asked += 1;
                    spent += *cost;
                    let minutes = (at - passed[first].0) / 60.0;
                    prop_assert!(f64::from(asked) <= most(requests, minutes));
                    prop_assert!(f64::from(spent) <= most(tokens, minutes));
                }
            }
        }
    }
}
