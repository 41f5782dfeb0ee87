//! When the tokens of an answer come, and where the script breaks it off.

use crate::admission::Admitted;
use crate::hash::fnv1a;
use crate::model::Model;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::future::pending;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// When the tokens of one answer come.
///
/// Each has its time, counted from the request: a client that reads late finds
/// those that are there by then, and is not served any slower.
#[derive(Debug)]
pub(crate) struct Pace {
    due: Instant,
    first: Duration,
    between: Duration,
    jitter: Option<Jitter>,
    sent: usize,
    /// After how many tokens it is broken off, and how.
    breaks: Option<(usize, Break)>,
}

/// Up to so many milliseconds.
#[derive(Debug)]
struct Jitter(u64, Box<ChaCha8Rng>);

/// How the script breaks an answer off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Break {
    /// Nothing more comes.
    Stall,
    /// The connection is closed.
    HangUp,
    /// An error is told.
    Error,
}

impl Pace {
    /// The pace of this model, from when the request came.
    pub(crate) fn new(model: &Model, admitted: &Admitted) -> Self {
        // By the request's number, so that what else goes on changes nothing.
        let seed = admitted.call.seed()
            ^ fnv1a(model.name.as_bytes())
            ^ admitted.number.rotate_left(32);
        let most = u64::try_from(model.jitter.as_millis()).unwrap_or(u64::MAX);
        let jitter = (most > 0)
            .then(|| Jitter(most, Box::new(ChaCha8Rng::seed_from_u64(seed))));
        Self {
            due: admitted.at,
            first: admitted.first_token,
            between: model.between_tokens,
            jitter,
            sent: 0,
            breaks: breaks(model),
        }
    }

    /// Waits until the next token is there; in vain where the script says so.
    ///
    /// # Errors
    /// If the script breaks the answer off before.
    pub(crate) async fn next(&mut self) -> Result<(), Break> {
        self.goes_on().await?;
        let wait = self.wait();
        let Some(due) = self.due.checked_add(wait) else {
            return pending().await;
        };
        self.due = due;
        // What takes no time is due: no clock need be read.
        if !wait.is_zero() && self.due > Instant::now() {
            sleep_until(self.due).await;
        }
        self.sent += 1;
        Ok(())
    }

    /// Whether the script lets the answer go on here; where it stalls, this
    /// never ends.
    ///
    /// # Errors
    /// If it breaks it off.
    pub(crate) async fn goes_on(&self) -> Result<(), Break> {
        match self.breaks {
            Some((after, Break::Stall)) if after == self.sent => {
                pending().await
            }
            Some((after, how)) if after == self.sent => Err(how),
            _ => Ok(()),
        }
    }

    fn wait(&mut self) -> Duration {
        let latency = if self.sent == 0 {
            self.first
        } else {
            self.between
        };
        let Some(Jitter(most, chance)) = &mut self.jitter else {
            return latency;
        };
        // Among few milliseconds, the remainder favours none by much.
        let more = chance.next_u64() % most.saturating_add(1);
        latency.saturating_add(Duration::from_millis(more))
    }
}

/// Where a model breaks off first, and how.
fn breaks(model: &Model) -> Option<(usize, Break)> {
    let stall = model.stalls_after.map(|after| (after, Break::Stall));
    let hang_up = model.hangs_up_after.map(|after| (after, Break::HangUp));
    let error = model.errors_after.map(|after| (after, Break::Error));
    [stall, hang_up, error].into_iter().flatten().min()
}
