//! How long to wait, and how much to read.

use std::time::Duration;

const MIB: usize = 1 << 20;

/// Limits on one call. Durations are on tokio's clock, sizes in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the head of the response, and then for any silence before the first
    /// token: a model may think, or be loaded from a disk.
    pub first: Duration,
    /// For any silence between two events after the first token. Comments,
    /// which only keep a connection open, don't count as events.
    pub idle: Duration,
    /// For all that is waited for in one answer. Time in which nobody asks for
    /// the next piece isn't waiting.
    pub total: Duration,
    /// For what may follow the end of an answer: its usage, `[DONE]`.
    pub tail: Duration,
    /// For the body of a refusal, and its size. What doesn't come in time is
    /// done without; the status counts.
    pub refusal: Duration,
    /// See `refusal`.
    pub refusal_bytes: usize,
    /// One event.
    pub event_bytes: usize,
    /// The text of one answer.
    pub text_bytes: usize,
    /// All that comes in one body, comments included.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            first: Duration::from_mins(1),
            idle: Duration::from_secs(30),
            total: Duration::from_mins(10),
            tail: Duration::from_secs(1),
            refusal: Duration::from_secs(2),
            refusal_bytes: 64 << 10,
            event_bytes: 4 * MIB,
            text_bytes: 8 * MIB,
            body_bytes: 64 * MIB,
        }
    }
}
