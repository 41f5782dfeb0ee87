//! One model of a script: what it says and how fast, when it fails, what it
//! allows, and how its streams are malformed.

use crate::embedding::DIMENSIONS;
use crate::protocol::ChatRequest;
use crate::refusal::Refusal;
use crate::tokens::estimated_tokens;
use crate::turn::Turn;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

type Does = dyn Fn(&ChatRequest) -> Turn + Send + Sync;
type Takes = dyn Fn(&ChatRequest) -> Duration + Send + Sync;

/// What a model does in its turn.
#[derive(Clone)]
pub(crate) enum Acts {
    /// Always the same.
    Same(Turn),
    /// What this makes of the request.
    By(Arc<Does>),
}

impl fmt::Debug for Acts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Same(turn) => f.debug_tuple("Same").field(turn).finish(),
            Self::By(_) => f.write_str("By(..)"),
        }
    }
}

/// How a stream of server-sent events is unusual. All but `no_done` and those
/// below it are valid, and a client has to read them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Malformed {
    /// The stream begins with a byte order mark.
    Bom,
    /// Lines end in CR alone.
    Cr,
    /// No blank comes after `data:`.
    NoBlank,
    /// Events with an empty `data:` stand between the others, which a browser
    /// would deliver as empty text.
    EmptyData,
    /// Lines end in CR LF.
    Crlf,
    /// Comments (`: keep-alive`) stand between the events.
    Comments,
    /// The data of an event is cut into several `data:` lines.
    SeveralDataLines,
    /// The bytes come one by one, so that a character may be cut.
    SplitUtf8,
    /// `[DONE]` is missing.
    NoDone,
    /// The data of one event is no JSON.
    Garbage,
    /// One event has bytes that are no UTF-8.
    InvalidUtf8,
}

/// Which requests something happens to. Requests are counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The n-th request with the same messages to the same model.
    Attempt(u64),
    /// The n-th request to the model, whatever it asks.
    Request(u64),
}

/// One model of a script.
#[derive(Debug, Clone)]
pub struct Model {
    pub(crate) name: String,
    pub(crate) acts: Acts,
    pub(crate) first_token: Duration,
    pub(crate) between_tokens: Duration,
    pub(crate) jitter: Duration,
    pub(crate) first_token_by: Option<TakesFn>,
    pub(crate) failures: Vec<(Which, Refusal)>,
    pub(crate) slow: Vec<(Which, Duration)>,
    pub(crate) concurrency: Option<u32>,
    pub(crate) requests_per_minute: Option<u64>,
    pub(crate) tokens_per_minute: Option<u64>,
    pub(crate) context_tokens: u64,
    pub(crate) stalls_after: Option<usize>,
    pub(crate) hangs_up_after: Option<usize>,
    pub(crate) errors_after: Option<usize>,
    pub(crate) endless: bool,
    pub(crate) malformed: BTreeSet<Malformed>,
    pub(crate) dimensions: usize,
    pub(crate) tokenizer: fn(&str) -> usize,
}

/// How long a request has to wait for its first token.
#[derive(Clone)]
pub(crate) struct TakesFn(pub(crate) Arc<Takes>);

impl fmt::Debug for TakesFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

impl Model {
    /// A model that echoes its prompt, at once and without limits.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            acts: Acts::Same(Turn::default()),
            first_token: Duration::ZERO,
            between_tokens: Duration::ZERO,
            jitter: Duration::ZERO,
            first_token_by: None,
            failures: Vec::new(),
            slow: Vec::new(),
            concurrency: None,
            requests_per_minute: None,
            tokens_per_minute: None,
            context_tokens: 128_000,
            stalls_after: None,
            hangs_up_after: None,
            errors_after: None,
            endless: false,
            malformed: BTreeSet::new(),
            dimensions: 64,
            tokenizer: estimated_tokens,
        }
    }

    /// Answers everything with this text.
    #[must_use]
    pub fn says(self, text: impl Into<String>) -> Self {
        self.turn(Turn::says(text))
    }

    /// Answers each request with what `says` makes of it.
    #[must_use]
    pub fn says_by<F>(self, says: F) -> Self
    where
        F: Fn(&ChatRequest) -> String + Send + Sync + 'static,
    {
        self.turn_by(move |request| Turn::says(says(request)))
    }

    /// Does this in each turn. Tools are called only where the request offers
    /// some, and does not forbid it; once they have answered, its text is said.
    #[must_use]
    pub fn turn(mut self, turn: Turn) -> Self {
        self.acts = Acts::Same(turn);
        self
    }

    /// Does in each turn what `does` makes of the request: tools are called
    /// where the request offers some and does not forbid it.
    #[must_use]
    pub fn turn_by<F>(mut self, does: F) -> Self
    where
        F: Fn(&ChatRequest) -> Turn + Send + Sync + 'static,
    {
        self.acts = Acts::By(Arc::new(does));
        self
    }

    /// How long until the first token, on tokio's clock.
    #[must_use]
    pub fn first_token(mut self, latency: Duration) -> Self {
        self.first_token = latency;
        self
    }

    /// How long until the first token, request by request.
    #[must_use]
    pub fn first_token_by<F>(mut self, takes: F) -> Self
    where
        F: Fn(&ChatRequest) -> Duration + Send + Sync + 'static,
    {
        self.first_token_by = Some(TakesFn(Arc::new(takes)));
        self
    }

    /// How long from one token to the next. An answer that is not streamed
    /// comes when its last token would.
    #[must_use]
    pub fn between_tokens(mut self, latency: Duration) -> Self {
        self.between_tokens = latency;
        self
    }

    /// The most that chance adds to each of these latencies.
    #[must_use]
    pub fn jitter(mut self, most: Duration) -> Self {
        self.jitter = most;
        self
    }

    /// The n-th attempt fails: the n-th request with the same messages,
    /// counted from 1.
    #[must_use]
    pub fn fails(mut self, attempt: u64, with: impl Into<Refusal>) -> Self {
        self.failures.push((Which::Attempt(attempt), with.into()));
        self
    }

    /// The n-th request to the model fails, whatever it asks, counted from 1.
    #[must_use]
    pub fn fails_request(
        mut self,
        number: u64,
        with: impl Into<Refusal>,
    ) -> Self {
        self.failures.push((Which::Request(number), with.into()));
        self
    }

    /// The n-th attempt has its first token so late, counted from 1.
    #[must_use]
    pub fn slow(mut self, attempt: u64, first_token: Duration) -> Self {
        self.slow.push((Which::Attempt(attempt), first_token));
        self
    }

    /// The n-th request to the model has its first token so late.
    #[must_use]
    pub fn slow_request(mut self, number: u64, first_token: Duration) -> Self {
        self.slow.push((Which::Request(number), first_token));
        self
    }

    /// How many requests it answers at once; one more gets a 429. A stream is
    /// being answered until its last event was made.
    #[must_use]
    pub fn concurrency(mut self, most: u32) -> Self {
        self.concurrency = Some(most);
        self
    }

    /// How many requests it takes in a minute. The bucket is full at first and
    /// refilled continuously; a request that fails counts too.
    #[must_use]
    pub fn requests_per_minute(mut self, most: u64) -> Self {
        self.requests_per_minute = Some(most);
        self
    }

    /// How many tokens it takes in a minute: those of the prompt and those that
    /// `max_tokens` allows for the answer.
    #[must_use]
    pub fn tokens_per_minute(mut self, most: u64) -> Self {
        self.tokens_per_minute = Some(most);
        self
    }

    /// How many tokens prompt and answer may have together: 128 000 unless
    /// said.
    #[must_use]
    pub fn context_tokens(mut self, most: u64) -> Self {
        self.context_tokens = most;
        self
    }

    /// Says nothing more after so many tokens, and keeps the connection. An
    /// answer that is not streamed never comes.
    #[must_use]
    pub fn stalls_after(mut self, tokens: usize) -> Self {
        self.stalls_after = Some(tokens);
        self
    }

    /// Closes the connection after so many tokens, which arrive before. In place
    /// of an answer that is not streamed, the connection is closed.
    #[must_use]
    pub fn hangs_up_after(mut self, tokens: usize) -> Self {
        self.hangs_up_after = Some(tokens);
        self
    }

    /// Fails after so many tokens: a stream ends with an event that has an
    /// `error` and no `[DONE]`, and its connection is kept. In place of an answer
    /// that is not streamed there is a 500.
    #[must_use]
    pub fn errors_after(mut self, tokens: usize) -> Self {
        self.errors_after = Some(tokens);
        self
    }

    /// Never comes to an end: it says its words again and again, whatever
    /// `max_tokens` is. An answer that is not streamed is blank space, a byte
    /// for each token.
    #[must_use]
    pub fn endless(mut self) -> Self {
        self.endless = true;
        self
    }

    /// Makes its streams unusual in this way too.
    #[must_use]
    pub fn malformed(mut self, how: Malformed) -> Self {
        self.malformed.insert(how);
        self
    }

    /// How many dimensions an embedding has: 64 unless said, and from 1 to
    /// [`DIMENSIONS`].
    #[must_use]
    pub fn dimensions(mut self, dimensions: usize) -> Self {
        self.dimensions = dimensions.clamp(1, DIMENSIONS);
        self
    }

    /// How the tokens of a prompt are counted: by [`estimated_tokens`] unless
    /// said.
    #[must_use]
    pub fn tokenizer(mut self, count: fn(&str) -> usize) -> Self {
        self.tokenizer = count;
        self
    }
}
