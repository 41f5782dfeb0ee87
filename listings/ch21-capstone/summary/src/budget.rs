//! Requests and tokens per minute: nobody asks before there is room.

use std::sync::Mutex as StdMutex;
use std::time::Duration;
use tokio::sync::Mutex;
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
        // A request over the burst waits for a full bucket.
        let spare = self.quota.burst.saturating_sub(amount);
        let spare = self.quota.refill(spare);
        self.full_at.checked_sub(spare).unwrap_or(self.full_at)
    }

    fn take(&mut self, now: Instant, amount: u32) {
        self.full_at = self.full_at.max(now) + self.quota.refill(amount);
    }
}
// ANCHOR_END: bucket

/// A budget of requests and tokens that any number of callers share.
#[derive(Debug)]
pub struct Budget {
    /// Locked while somebody waits: that lock is the queue.
    buckets: Mutex<Buckets>,
    closed_until: StdMutex<Option<Instant>>,
}

#[derive(Debug)]
struct Buckets {
    requests: Bucket,
    tokens: Bucket,
}

impl Budget {
    /// A full budget.
    #[must_use]
    pub fn new(requests: Quota, tokens: Quota) -> Self {
        let full_at = Instant::now();
        let bucket = |quota| Bucket { quota, full_at };
        Self {
            buckets: Mutex::new(Buckets {
                requests: bucket(requests),
                tokens: bucket(tokens),
            }),
            closed_until: StdMutex::default(),
        }
    }

    // ANCHOR: acquire
    /// Waits until one request of so many tokens is within the budget, and
    /// takes it. First come, first served.
    ///
    /// Nothing is taken by a caller who is dropped while waiting.
    pub async fn acquire(&self, tokens: u32) {
        // Held across the wait on purpose. tokio's mutex is fair, so a big
        // request is not overtaken for ever by small ones that fit sooner.
        let mut buckets = self.buckets.lock().await;
        loop {
            let ready = buckets.requests.ready(1);
            let ready = ready.max(buckets.tokens.ready(tokens));
            let ready = self.closed_until().map_or(ready, |at| ready.max(at));
            if ready <= Instant::now() {
                break;
            }
            sleep_until(ready).await;
            // The provider may have closed the door meanwhile: look again.
        }
        let now = Instant::now();
        buckets.requests.take(now, 1);
        buckets.tokens.take(now, tokens);
    }
    // ANCHOR_END: acquire

    /// Lets nobody through for so long: the provider said so. A request that
    /// is refused is a sign for all that share the key.
    ///
    /// # Panics
    /// If another thread panicked in here.
    pub fn close_for(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut closed = self.closed_until.lock().expect("no panic within");
        *closed = (*closed).max(Some(until));
    }

    fn closed_until(&self) -> Option<Instant> {
        *self.closed_until.lock().expect("no panic within")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::future::join_all;
    use proptest::prelude::*;

    const PLENTY: Quota = Quota {
        per_minute: 1_000_000_000,
        burst: 1_000_000,
    };

    fn quota(per_minute: u32, burst: u32) -> Quota {
        Quota { per_minute, burst }
    }

    /// When each of these requests is let through, in seconds.
    async fn starts(budget: &Budget, tokens: &[u32]) -> Vec<f64> {
        let start = Instant::now();
        let calls = tokens.iter().map(|tokens| async {
            budget.acquire(*tokens).await;
            start.elapsed().as_secs_f64()
        });
        join_all(calls).await
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_burst_one_a_second() {
        let budget = Budget::new(quota(60, 3), PLENTY);
        let starts = starts(&budget, &[1; 6]).await;
        let whole: Vec<f64> = starts.iter().map(|s| s.floor()).collect();
        assert_eq!(whole, [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn tokens_bind_where_requests_do_not() {
        let budget = Budget::new(PLENTY, quota(10_000, 10_000));
        let starts = starts(&budget, &[6000, 3000, 4000]).await;
        let whole: Vec<f64> = starts.iter().map(|s| s.floor()).collect();
        assert_eq!(whole, [0.0, 0.0, 18.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_provider_can_close_the_door_for_those_who_wait() {
        let budget = Budget::new(quota(60, 1), PLENTY);
        budget.acquire(1).await;
        let start = Instant::now();
        let close = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            budget.close_for(Duration::from_secs(7));
        };
        tokio::join!(budget.acquire(1), close);
        assert_eq!(start.elapsed(), Duration::from_millis(7500));
    }

    #[test]
    fn the_largest_limit_overflows_nothing() {
        let quota = quota(u32::MAX, u32::MAX);
        assert_eq!(quota.refill(u32::MAX), Duration::from_mins(1));
        assert_eq!(quota.refill(1), Duration::from_nanos(14));
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_gives_up_takes_nothing() {
        let budget = Budget::new(quota(60, 1), PLENTY);
        budget.acquire(1).await;
        let start = Instant::now();
        let limit = Duration::from_millis(900);
        let late = tokio::time::timeout(limit, budget.acquire(1)).await;
        assert!(late.is_err());
        budget.acquire(1).await;
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
                let budget = Budget::new(quota(per_minute, burst), tokens);
                let start = Instant::now();
                let calls = calls.iter().map(|(begin, cost)| {
                    let budget = &budget;
                    async move {
                        let begin = Duration::from_millis(*begin);
                        tokio::time::sleep(begin).await;
                        budget.acquire(*cost).await;
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
