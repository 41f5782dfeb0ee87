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
    stalls_after: Option<usize>,
    hangs_up_after: Option<usize>,
}

/// Up to so many milliseconds.
#[derive(Debug)]
struct Jitter(u64, Box<ChaCha8Rng>);

/// What comes next.
pub(crate) enum Step {
    /// A token, whose time has come.
    Token,
    /// The connection is closed.
    HangUp,
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
            stalls_after: model.stalls_after,
            hangs_up_after: model.hangs_up_after,
        }
    }

    /// Waits until the next token is there; in vain where the script says so.
    pub(crate) async fn next(&mut self) -> Step {
        if self.breaks_off().await {
            return Step::HangUp;
        }
        let wait = self.wait();
        let Some(due) = self.due.checked_add(wait) else {
            return pending().await;
        };
        self.due = due;
        if self.due > Instant::now() {
            sleep_until(self.due).await;
        }
        self.sent += 1;
        Step::Token
    }

    /// Whether a token has come.
    pub(crate) fn has_begun(&self) -> bool {
        self.sent > 0
    }

    /// Whether the script hangs up here; where it stalls, this never ends.
    pub(crate) async fn breaks_off(&self) -> bool {
        if self.stalls_after == Some(self.sent) {
            pending::<()>().await;
        }
        self.hangs_up_after == Some(self.sent)
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
