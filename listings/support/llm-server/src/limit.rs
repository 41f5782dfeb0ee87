//! Limits by the minute, and the headers that tell them.

use std::time::Duration;
use tokio::time::Instant;

/// A token bucket: it holds a minute's worth, is full at first, and is refilled
/// all the time, a sixtieth of that in a second. Time is tokio's, so it follows
/// a paused clock.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    capacity: f64,
    level: f64,
    at: Instant,
}

/// What a bucket tells a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) limit: u64,
    pub(crate) remaining: u64,
    /// How long until the bucket is full.
    pub(crate) reset: Duration,
}

impl Bucket {
    pub(crate) fn per_minute(amount: u64, now: Instant) -> Self {
        let capacity = to_f64(amount);
        Self {
            capacity,
            level: capacity,
            at: now,
        }
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.duration_since(self.at).as_secs_f64();
        self.at = now;
        self.level =
            (self.level + passed * self.capacity / 60.0).min(self.capacity);
    }

    /// Whether it holds so much now.
    pub(crate) fn holds(&mut self, amount: u64, now: Instant) -> bool {
        self.refill(now);
        self.wait_for(amount) == Some(Duration::ZERO)
    }

    /// How long until it holds `amount`: nothing where it did when last asked,
    /// and `None` where it never will.
    pub(crate) fn wait_for(&self, amount: u64) -> Option<Duration> {
        let amount = to_f64(amount);
        (amount <= self.capacity).then(|| self.until(amount))
    }

    fn until(&self, level: f64) -> Duration {
        let missing = level - self.level;
        // What rounding leaves of nothing is nothing.
        if missing < 1e-6 {
            return Duration::ZERO;
        }
        let millis = (missing * 60_000.0 / self.capacity - 1e-6).ceil();
        Duration::from_secs_f64(millis / 1000.0)
    }

    /// Takes so much out of it, or all that it has.
    pub(crate) fn take(&mut self, amount: u64) {
        self.level = (self.level - to_f64(amount)).max(0.0);
    }

    pub(crate) fn told(&self) -> Told {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a level is neither negative nor above its capacity"
        )]
        let whole = |level: f64| (level + 1e-6).floor() as u64;
        Told {
            limit: whole(self.capacity),
            remaining: whole(self.level),
            reset: self.until(self.capacity),
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "limits are far below the 2^53 that a float holds exactly"
)]
fn to_f64(amount: u64) -> f64 {
    amount as f64
}

/// A duration as the `x-ratelimit-reset-…` headers have it: `12ms`, `1s`,
/// `1.5s`, `6m0s`, `1h0m0s`.
#[must_use]
pub fn reset(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis < 1000 {
        return format!("{millis}ms");
    }
    let (seconds, rest) = (millis / 1000, millis % 1000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let mut text = String::new();
    if hours > 0 {
        text += &format!("{hours}h");
    }
    if seconds >= 60 {
        text += &format!("{minutes}m");
    }
    text += &format!("{}", seconds % 60);
    if rest > 0 {
        text += format!(".{rest:03}").trim_end_matches('0');
    }
    text + "s"
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::advance;

    #[test]
    fn a_reset_reads_as_the_api_writes_it() {
        for (millis, text) in [
            (0, "0ms"),
            (12, "12ms"),
            (1000, "1s"),
            (1500, "1.5s"),
            (59_999, "59.999s"),
            (60_000, "1m0s"),
            (360_000, "6m0s"),
            (3_600_000, "1h0m0s"),
            (3_661_050, "1h1m1.05s"),
        ] {
            assert_eq!(reset(Duration::from_millis(millis)), text);
        }
    }

    fn wait(bucket: &mut Bucket, amount: u64) -> Option<Duration> {
        bucket.holds(amount, Instant::now());
        bucket.wait_for(amount)
    }

    #[tokio::test(start_paused = true)]
    async fn a_bucket_is_refilled_by_a_sixtieth_in_a_second() {
        let mut bucket = Bucket::per_minute(60, Instant::now());
        assert!(bucket.holds(60, Instant::now()));
        bucket.take(60);
        assert_eq!(wait(&mut bucket, 1), Some(Duration::from_secs(1)));
        assert_eq!(wait(&mut bucket, 61), None);
        advance(Duration::from_millis(1500)).await;
        assert!(bucket.holds(1, Instant::now()));
        assert_eq!(wait(&mut bucket, 2), Some(Duration::from_millis(500)));
        assert_eq!(bucket.told().remaining, 1);
        assert_eq!(bucket.told().reset, Duration::from_millis(58_500));
        advance(Duration::from_hours(1)).await;
        assert!(bucket.holds(60, Instant::now()));
        assert_eq!(bucket.told().reset, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_takes_no_more_than_there_is() {
        let mut bucket = Bucket::per_minute(60, Instant::now());
        bucket.take(100);
        assert_eq!(wait(&mut bucket, 1), Some(Duration::from_secs(1)));
    }
}
