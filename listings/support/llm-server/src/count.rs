//! What the server saw, counted.

use crate::load::Load;
use crate::script::Script;
use http::StatusCode;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How many requests the log keeps.
pub const LOG: usize = 4096;

/// What a server saw since it was made. All of it is counted when it happens.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Requests for a completion or an embedding, whatever became of them.
    pub requests: u64,
    /// How many of them got which status.
    pub by_status: BTreeMap<u16, u64>,
    /// Calls that are being answered.
    pub in_flight: u64,
    /// The most that ever were at once.
    pub peak_in_flight: u64,
    /// Answers that were sent to their end.
    pub completed: u64,
    /// Calls whose client went away before the answer was sent to its end, or
    /// whose server was dropped.
    pub aborted: u64,
    /// Answers that the server broke off, as its script says.
    pub hung_up: u64,
    /// Tokens of the prompts that were let in.
    pub prompt_tokens: u64,
    /// Tokens that were sent, also to clients that went away later: a provider
    /// bills them.
    pub completion_tokens: u64,
    /// The last [`LOG`] requests, in the order in which they came.
    pub log: VecDeque<Entry>,
}

impl Seen {
    /// How many requests got this status.
    #[must_use]
    pub fn status(&self, status: u16) -> u64 {
        self.by_status.get(&status).copied().unwrap_or_default()
    }
}

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it came, on tokio's clock, since the server was made.
    pub at: Duration,
    /// Which model was asked, as far as the request said. Of one that the
    /// script does not have, the first hundred bytes.
    pub model: String,
    /// The how-manieth with the same messages to this model it was, from 1;
    /// 0 for one that no model was asked by: without the key, say.
    pub attempt: u64,
    /// The status that it got; 200 also where the answer broke off later.
    pub status: u16,
}

/// What all clones of a server share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) script: Script,
    pub(crate) start: Instant,
    state: Mutex<State>,
}

/// What changes as requests come.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) seen: Seen,
    /// One for each model of the script, in its order.
    pub(crate) models: Vec<Load>,
}

impl Shared {
    pub(crate) fn new(script: Script) -> Self {
        let start = Instant::now();
        let models = script.models.iter().map(|model| Load::new(model, start));
        let state = State {
            seen: Seen::default(),
            models: models.collect(),
        };
        Self {
            state: Mutex::new(state),
            script,
            start,
        }
    }

    /// The state. Nothing awaits while it is locked, and a panic elsewhere
    /// leaves counts that are still counts.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down a request that never got as far as to a model.
    pub(crate) fn note_refused(&self, model: &str, status: StatusCode) {
        let at = self.start.elapsed();
        self.lock().note(Entry {
            at,
            model: model.to_owned(),
            attempt: 0,
            status: status.as_u16(),
        });
    }
}

impl State {
    pub(crate) fn note(&mut self, entry: Entry) {
        let seen = &mut self.seen;
        seen.requests += 1;
        *seen.by_status.entry(entry.status).or_default() += 1;
        if seen.log.len() == LOG {
            seen.log.pop_front();
        }
        seen.log.push_back(entry);
    }
}

/// A call that is being answered. Dropped before its end, at whatever await, it
/// is one whose client went away.
#[derive(Debug)]
pub(crate) struct Call {
    shared: Arc<Shared>,
    place: usize,
    end: End,
}

#[derive(Debug)]
enum End {
    Completed,
    HungUp,
    Aborted,
}

impl Call {
    /// A call to the model at this place of the script, counted in `state`.
    pub(crate) fn begin(
        shared: &Arc<Shared>,
        state: &mut State,
        place: usize,
        prompt_tokens: u64,
    ) -> Self {
        state.models[place].in_flight += 1;
        let seen = &mut state.seen;
        seen.in_flight += 1;
        seen.peak_in_flight = seen.peak_in_flight.max(seen.in_flight);
        seen.prompt_tokens += prompt_tokens;
        Self {
            shared: Arc::clone(shared),
            place,
            end: End::Aborted,
        }
    }

    pub(crate) fn seed(&self) -> u64 {
        self.shared.script.seed
    }

    pub(crate) fn sent_token(&self) {
        self.shared.lock().seen.completion_tokens += 1;
    }

    pub(crate) fn complete(mut self) {
        self.end = End::Completed;
    }

    pub(crate) fn hang_up(mut self) {
        self.end = End::HungUp;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.models[self.place].in_flight -= 1;
        let seen = &mut state.seen;
        seen.in_flight -= 1;
        match self.end {
            End::Completed => seen.completed += 1,
            End::HungUp => seen.hung_up += 1,
            End::Aborted => seen.aborted += 1,
        }
    }
}
