//! Errors as the API words them.

use super::retry_after::RetryAfter;
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{StatusCode, header};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::time::Duration;
use thiserror::Error;

/// What a client gets in place of an answer: a status, and a body
/// `{"error": {"message", "type", "param", "code"}}`.
///
/// The shape and the words follow OpenAI's API reference, "Errors".
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{status}: {message}")]
#[non_exhaustive]
pub struct ApiError {
    /// The status of the response.
    pub status: StatusCode,
    /// The family of errors: `invalid_request_error`.
    pub kind: &'static str,
    /// The reason, for programs: `model_not_found`.
    pub code: Option<&'static str>,
    /// Which parameter of the request is meant.
    pub param: Option<String>,
    /// The reason, for people.
    pub message: String,
    /// When to come back, in each way in which the headers are to say it.
    pub retry_after: Vec<RetryAfter>,
    /// Whether its body ends.
    pub body: ErrorBody,
}

/// How the body of a refusal comes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorBody {
    /// At once, and whole.
    #[default]
    Whole,
    /// Its first bytes come, and then nothing more.
    Stalls,
    /// It never ends: kilobyte after kilobyte, as fast as they are read.
    Floods,
}

impl ApiError {
    fn new(
        status: StatusCode,
        kind: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            kind,
            code: None,
            param: None,
            message: message.into(),
            retry_after: Vec::new(),
            body: ErrorBody::Whole,
        }
    }

    /// The request itself is wrong: asked again, it is wrong again.
    #[must_use]
    pub fn invalid(
        status: StatusCode,
        code: Option<&'static str>,
        param: Option<&str>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            param: param.map(str::to_owned),
            ..Self::new(status, "invalid_request_error", message)
        }
    }

    /// A parameter has a value that it can't have.
    #[must_use]
    pub fn bad(
        param: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: Some(code),
            param: Some(param.into()),
            ..Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_request_error",
                message,
            )
        }
    }

    /// The same, where the API gives no code.
    pub(crate) fn uncoded(
        param: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code: None,
            ..Self::bad(param, "", message)
        }
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
            code: Some("rate_limit_exceeded"),
            retry_after: seconds(retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, kind, message)
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
            retry_after: seconds(retry_after),
            ..Self::new(status, "server_error", message)
        }
    }

    /// 500, as the API words it.
    pub(crate) fn server_error() -> Self {
        Self::server(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server had an error while processing your request.",
            None,
        )
    }

    /// The server ends, and with it what is under way.
    pub(crate) fn shutting_down() -> Self {
        Self::server(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server is shutting down.",
            None,
        )
    }

    /// A body did not arrive in time.
    pub(crate) fn too_slow() -> Self {
        Self::invalid(
            StatusCode::REQUEST_TIMEOUT,
            None,
            None,
            "The body of the request did not arrive in time.",
        )
    }

    /// Any status, as a script names it.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("Overloaded");
        match status.as_u16() {
            429 => Self::rate_limited("requests", "Too many requests.", None),
            529 => Self {
                kind: "overloaded_error",
                ..Self::server(status, "Overloaded", None)
            },
            408 => Self::server(status, "The request timed out.", None),
            400..500 => Self::invalid(status, None, None, reason),
            _ => Self::server(status, reason, None),
        }
    }

    /// What its body says.
    pub(crate) fn json(&self) -> Value {
        json!({ "error": {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }})
    }

    fn response(&self) -> Response {
        let body = match self.body {
            ErrorBody::Whole => {
                return (self.status, Json(self.json())).into_response();
            }
            ErrorBody::Stalls => {
                let begun = Ok::<_, Infallible>(Bytes::from("{\"error\": {"));
                Body::from_stream(
                    stream::iter([begun]).chain(stream::pending()),
                )
            }
            ErrorBody::Floods => {
                let more = Bytes::from(" ".repeat(1024));
                Body::from_stream(stream::repeat(Ok::<_, Infallible>(more)))
            }
        };
        let json = [(header::CONTENT_TYPE, "application/json")];
        (self.status, json, body).into_response()
    }
}

fn seconds(wait: Option<Duration>) -> Vec<RetryAfter> {
    wait.map(RetryAfter::Seconds).into_iter().collect()
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.response();
        for wait in &self.retry_after {
            if let Some((name, value)) = wait.header() {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}
