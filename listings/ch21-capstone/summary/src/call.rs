//! A call: what is asked, why there may be no answer, what to do about that, and
//! the trait of those who can be asked.

use futures::stream::BoxStream;
use std::future::Future;
use std::time::Duration;
use thiserror::Error;

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Who is asked.
    pub model: String,
    /// What is asked.
    pub prompt: String,
    /// How long the answer may be, in tokens.
    pub answer_tokens: u32,
}

// ANCHOR: error
/// Why there is no answer.
#[derive(Debug, Error)]
pub enum CallError {
    /// 429, or a 5xx: asked at another time, it may well be answered.
    #[error("status {status}")]
    Busy {
        /// The status.
        status: u16,
        /// What `Retry-After` says.
        retry_after: Option<Duration>,
    },
    /// 4xx: the same question gets the same answer.
    #[error("status {status}, {code}")]
    Refused {
        /// The status.
        status: u16,
        /// The provider's word for the reason: `insufficient_quota`.
        code: String,
    },
    /// Nothing came for so long.
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    /// The connection could not be made, or broke.
    #[error("no connection")]
    Connection(#[source] reqwest::Error),
    /// The stream ended before it was complete.
    #[error("the answer breaks off")]
    BrokenOff,
    /// An answer that is none.
    #[error("not a completion: {0}")]
    Garbled(String),
}

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Ask again, later.
    Retry,
    /// Ask another model: this one will not.
    OtherModel,
    /// Stop: no question of ours will be answered.
    Stop,
}

impl CallError {
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Busy { .. }
            | Self::TimedOut(_)
            | Self::Connection(_)
            | Self::BrokenOff => Remedy::Retry,
            Self::Garbled(_) => Remedy::OtherModel,
            Self::Refused { code, .. } if code == "insufficient_quota" => {
                Remedy::Stop
            }
            Self::Refused { status, .. } => match status {
                401 | 403 => Remedy::Stop,
                _ => Remedy::OtherModel,
            },
        }
    }
    // ANCHOR_END: error

    /// How long the provider asked us to stay away.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether it says that we ask too much.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        matches!(self, Self::Busy { status: 429, .. })
    }
}

/// An answer, piece by piece.
pub type Pieces = BoxStream<'static, Result<String, CallError>>;

/// Somebody to ask: a provider, or a stand-in for it in a test.
pub trait Llm: Send + Sync + 'static {
    /// The whole answer at once.
    fn complete(
        &self,
        call: &Call,
    ) -> impl Future<Output = Result<String, CallError>> + Send;

    /// The answer as it is written. It ends without an error if, and only if,
    /// it is complete.
    fn stream(
        &self,
        call: &Call,
    ) -> impl Future<Output = Result<Pieces, CallError>> + Send;
}
