//! A response, and the items that it is made of.
//!
//! Source: OpenAI's API reference, "Responses", "The response object".

use super::error::ApiError;
use super::logprobs::LogProb;
use super::usage::{CREATED, Usage};
use serde_json::{Map, Value, json};

/// What of a response is the same from its beginning to its end.
#[derive(Debug, Clone)]
pub(crate) struct ResponseHead {
    pub(crate) id: String,
    pub(crate) model: String,
    /// What it repeats of its request.
    pub(crate) echo: Map<String, Value>,
}

/// How far a response has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    InProgress,
    Completed,
    /// It ended early, for this reason.
    Incomplete(&'static str),
}

impl Status {
    /// That of an answer which ended for this reason.
    pub(crate) fn of(finish_reason: &str) -> Self {
        match finish_reason {
            "length" => Self::Incomplete("max_output_tokens"),
            "content_filter" => Self::Incomplete("content_filter"),
            _ => Self::Completed,
        }
    }

    /// In a word: `incomplete`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
        }
    }
}

impl ResponseHead {
    /// The response with this output.
    pub(crate) fn response(
        &self,
        status: Status,
        output: Vec<Value>,
        usage: Option<Usage>,
    ) -> Value {
        let details = match status {
            Status::Incomplete(reason) => json!({ "reason": reason }),
            _ => Value::Null,
        };
        let mut response = self.echo.clone();
        let fields = [
            ("id", json!(self.id)),
            ("object", json!("response")),
            ("created_at", json!(CREATED)),
            ("model", json!(self.model)),
            ("status", json!(status.word())),
            ("error", Value::Null),
            ("incomplete_details", details),
            ("output", output.into()),
            ("usage", usage.map_or(Value::Null, Usage::of_response)),
        ];
        response.extend(fields.map(|(name, value)| (name.to_owned(), value)));
        response.into()
    }

    /// The response that failed.
    pub(crate) fn failed(&self, error: &ApiError) -> Value {
        let mut response = self.response(Status::InProgress, Vec::new(), None);
        response["status"] = json!("failed");
        response["error"] = json!({
            "code": error.code.unwrap_or(error.kind),
            "message": error.message,
        });
        response
    }
}

/// A text that a response says, as a part of a message.
pub(crate) fn output_text(text: &str, logprobs: &[LogProb]) -> Value {
    json!({
        "type": "output_text",
        "text": text,
        "annotations": [],
        "logprobs": logprobs,
    })
}

/// Why a response says nothing, as a part of a message.
pub(crate) fn refusal(text: &str) -> Value {
    json!({ "type": "refusal", "refusal": text })
}

/// A message with at most one part.
pub(crate) fn message(id: &str, status: Status, part: Option<Value>) -> Value {
    json!({
        "id": id,
        "type": "message",
        "role": "assistant",
        "status": status.word(),
        "content": Vec::from_iter(part),
    })
}

/// The call of a tool: its own id, and the one under which it is answered.
pub(crate) fn function_call(
    [id, call_id]: [&str; 2],
    name: &str,
    arguments: &str,
    status: Status,
) -> Value {
    json!({
        "id": id,
        "type": "function_call",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
        "status": status.word(),
    })
}
