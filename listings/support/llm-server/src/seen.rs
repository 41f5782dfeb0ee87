//! What the server saw, counted.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

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
    /// whose server ended.
    pub aborted: u64,
    /// Answers that the server broke off, as its script says: it hung up, or
    /// told an error.
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

    /// Counts a request and logs it; the oldest leaves a full log.
    pub(crate) fn note(&mut self, entry: Entry) {
        self.requests += 1;
        *self.by_status.entry(entry.status).or_default() += 1;
        if self.log.len() == LOG {
            self.log.pop_front();
        }
        self.log.push_back(entry);
    }

    /// Counts a call that is being answered from now on.
    pub(crate) fn begin(&mut self, prompt_tokens: u64) {
        self.in_flight += 1;
        self.peak_in_flight = self.peak_in_flight.max(self.in_flight);
        self.prompt_tokens += prompt_tokens;
    }

    /// Counts the end of a call that was begun.
    pub(crate) fn end(&mut self, how: End) {
        self.in_flight -= 1;
        match how {
            End::Completed => self.completed += 1,
            End::HungUp => self.hung_up += 1,
            End::Aborted => self.aborted += 1,
        }
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
    /// Its number among those with the same messages to this model, from 1; 0
    /// for one that got to no model: without the key, say.
    pub attempt: u64,
    /// The status that it got; 200 also where the answer broke off later.
    pub status: u16,
}

/// How a call ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// Its answer was sent to the end.
    Completed,
    /// The server broke it off, as its script says.
    HungUp,
    /// The client went away.
    Aborted,
}
