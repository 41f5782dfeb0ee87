//! What a request gets in place of an answer, as a script says it.

use crate::protocol::{ApiError, ErrorBody, RetryAfter};
use http::StatusCode;
use std::time::Duration;

/// What a request gets in place of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// 429, `rate_limit_exceeded`, with this `Retry-After`, or without.
    RateLimited(Option<Duration>),
    /// 429, `insufficient_quota`: no waiting helps.
    InsufficientQuota,
    /// 500.
    ServerError,
    /// 503, with this `Retry-After`, or without.
    Overloaded(Option<Duration>),
    /// 401, `invalid_api_key`.
    Unauthorized,
    /// 400, `context_length_exceeded`.
    ContextTooLong,
    /// This status, from 400 to 599: 408, 409, 529. Another one is a 500.
    Status(u16),
}

/// A failure, with more headers or a body that is unusual.
///
/// ```
/// use llm_server::{Failure, Model, Refusal, RetryAfter};
/// use std::time::Duration;
///
/// let wait = RetryAfter::Millis(Duration::from_millis(900));
/// let busy = Refusal::from(Failure::Status(529)).retry_after(wait);
/// let model = Model::new("m").fails(1, busy);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    failure: Failure,
    message: Option<String>,
    retry_after: Vec<RetryAfter>,
    body: ErrorBody,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            message: None,
            retry_after: Vec::new(),
            body: ErrorBody::Whole,
        }
    }
}

impl Refusal {
    /// Says when to come back in this way too; of those that share a header, the
    /// last counts.
    #[must_use]
    pub fn retry_after(mut self, wait: RetryAfter) -> Self {
        self.retry_after.push(wait);
        self
    }

    /// Says this to people.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Its body comes so.
    #[must_use]
    pub fn body(mut self, body: ErrorBody) -> Self {
        self.body = body;
        self
    }

    /// The error that it is for a request of so many tokens, to a model that has
    /// room for so many.
    pub(crate) fn error(&self, context: u64, tokens: u64) -> ApiError {
        let mut error = self.failure.error(context, tokens);
        if let Some(message) = &self.message {
            error.message.clone_from(message);
        }
        error.retry_after.extend(self.retry_after.iter().cloned());
        error.body = self.body;
        error
    }
}

impl Failure {
    fn error(self, context: u64, tokens: u64) -> ApiError {
        match self {
            Self::RateLimited(wait) => ApiError::rate_limited(
                "requests",
                "Rate limit reached for requests.",
                wait,
            ),
            Self::InsufficientQuota => ApiError::insufficient_quota(),
            Self::ServerError => ApiError::server_error(),
            Self::Overloaded(wait) => ApiError::server(
                StatusCode::SERVICE_UNAVAILABLE,
                "The engine is currently overloaded, please try again later.",
                wait,
            ),
            Self::Unauthorized => ApiError::wrong_key(),
            Self::ContextTooLong => ApiError::context_too_long(context, tokens),
            Self::Status(status) => match StatusCode::from_u16(status) {
                Ok(known) if (400..600).contains(&status) => {
                    ApiError::of_status(known)
                }
                _ => ApiError::server_error(),
            },
        }
    }
}
