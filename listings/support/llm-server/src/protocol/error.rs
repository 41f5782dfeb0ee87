//! Errors as the API words them.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use std::time::Duration;
use thiserror::Error;

/// What a client gets in place of an answer: a status, and a body
/// `{"error": {"message", "type", "param", "code"}}`.
///
/// The shape and the words follow OpenAI's API reference, "Errors".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{status}: {message}")]
pub struct ApiError {
    /// The status of the response.
    pub status: StatusCode,
    /// The family of errors: `invalid_request_error`.
    pub kind: &'static str,
    /// The reason, for programs: `model_not_found`.
    pub code: Option<&'static str>,
    /// Which parameter of the request is meant.
    pub param: Option<&'static str>,
    /// The reason, for people.
    pub message: String,
    /// What the header `Retry-After` says, in whole seconds, rounded up.
    pub retry_after: Option<Duration>,
}

impl ApiError {
    /// The request itself is wrong: asked again, it is wrong again.
    #[must_use]
    pub fn invalid(
        status: StatusCode,
        code: Option<&'static str>,
        param: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            kind: "invalid_request_error",
            code,
            param,
            message: message.into(),
            retry_after: None,
        }
    }

    /// A parameter has a value that it can't have.
    #[must_use]
    pub fn bad(
        param: &'static str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::invalid(StatusCode::BAD_REQUEST, Some(code), Some(param), message)
    }

    /// A key is asked for, and another was given. Neither is repeated.
    pub(crate) fn wrong_key() -> Self {
        Self::invalid(
            StatusCode::UNAUTHORIZED,
            Some("invalid_api_key"),
            None,
            "Incorrect API key provided.",
        )
    }

    /// A key is asked for, and none was given.
    pub(crate) fn no_key() -> Self {
        Self::invalid(
            StatusCode::UNAUTHORIZED,
            Some("invalid_api_key"),
            None,
            "You didn't provide an API key. You need to provide your API key \
             in an Authorization header using Bearer auth (i.e. \
             Authorization: Bearer YOUR_KEY).",
        )
    }

    /// No model of the script has this name.
    pub(crate) fn no_model(name: &str) -> Self {
        Self::invalid(
            StatusCode::NOT_FOUND,
            Some("model_not_found"),
            Some("model"),
            format!(
                "The model `{}` does not exist or you do not have access to \
                 it.",
                name.escape_debug()
            ),
        )
    }

    /// Too much for now: asked again later, it may be answered.
    #[must_use]
    pub fn rate_limited(
        kind: &'static str,
        message: impl Into<String>,
        retry_after: Option<Duration>,
    ) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            kind,
            code: Some("rate_limit_exceeded"),
            param: None,
            message: message.into(),
            retry_after,
        }
    }

    /// The account is empty: asked again later, it is refused again.
    pub(crate) fn insufficient_quota() -> Self {
        Self {
            code: Some("insufficient_quota"),
            ..Self::rate_limited(
                "insufficient_quota",
                "You exceeded your current quota, please check your plan and \
                 billing details.",
                None,
            )
        }
    }

    /// Prompt and answer have no room in a model of so many tokens.
    pub(crate) fn context_too_long(most: u64, requested: u64) -> Self {
        Self::bad(
            "messages",
            "context_length_exceeded",
            format!(
                "This model's maximum context length is {most} tokens. \
                 However, you requested {requested} tokens. Please reduce the \
                 length of the messages or completion."
            ),
        )
    }

    /// A failure of the server's.
    #[must_use]
    pub fn server(
        status: StatusCode,
        message: impl Into<String>,
        retry_after: Option<Duration>,
    ) -> Self {
        Self {
            status,
            kind: "server_error",
            code: None,
            param: None,
            message: message.into(),
            retry_after,
        }
    }
}

/// A duration as `Retry-After` has it: whole seconds, never too few.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }}));
        let mut response = (self.status, body).into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(
                header::RETRY_AFTER,
                HeaderValue::from(whole_seconds(wait)),
            );
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_never_too_short() {
        assert_eq!(whole_seconds(Duration::from_millis(1001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
        assert_eq!(whole_seconds(Duration::ZERO), 0);
    }
}
