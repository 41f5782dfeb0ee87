//! A request that is not served, and why.

use crate::order::event::Event;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// A request that is not served.
#[derive(Debug)]
pub struct Refusal {
    /// Its status.
    pub status: StatusCode,
    /// What is wrong and what to do.
    pub why: String,
}

impl Refusal {
    /// With this status, for this reason.
    pub fn new(status: StatusCode, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { status, why }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
        let line = Event::Refused { why: self.why }.to_line();
        (self.status, kind, line).into_response()
    }
}
