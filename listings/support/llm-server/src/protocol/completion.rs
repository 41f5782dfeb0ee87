//! A completion, in one piece.

use super::logprobs::LogProbs;
use super::name::Name;
use super::usage::{CREATED, Usage};
use serde::Serialize;

/// An answer in one piece. Its choices come first, so that they can be written
/// one by one, and the rest behind them.
#[derive(Debug, Serialize)]
pub(crate) struct Completion<'a> {
    choices: &'a [Choice<'a>],
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    system_fingerprint: &'a str,
    usage: Usage,
}

/// How a completion begins, before its first choice.
pub(crate) const CHOICES: &str = "{\"choices\":[";

impl<'a> Completion<'a> {
    pub(crate) fn new(
        id: &'a str,
        name: &'a Name,
        choices: &'a [Choice<'a>],
        usage: Usage,
    ) -> Self {
        Self {
            choices,
            id,
            object: "chat.completion",
            created: CREATED,
            model: &name.model,
            system_fingerprint: &name.fingerprint,
            usage,
        }
    }
}

/// One of the answers.
#[derive(Debug, Serialize)]
pub(crate) struct Choice<'a> {
    pub(crate) index: usize,
    pub(crate) message: Said<'a>,
    pub(crate) logprobs: Option<LogProbs>,
    pub(crate) finish_reason: &'a str,
}

/// What an answer says.
#[derive(Debug, Serialize)]
pub(crate) struct Said<'a> {
    role: &'static str,
    pub(crate) content: Option<&'a str>,
    pub(crate) refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tool_calls: Vec<ToolCall<'a>>,
}

impl Default for Said<'_> {
    fn default() -> Self {
        Self {
            role: "assistant",
            content: None,
            refusal: None,
            tool_calls: Vec::new(),
        }
    }
}

/// A call of a tool.
#[derive(Debug, Serialize)]
pub(crate) struct ToolCall<'a> {
    id: String,
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: &'a str,
}

impl<'a> ToolCall<'a> {
    pub(crate) fn new(id: String, name: &'a str, arguments: &'a str) -> Self {
        Self {
            id,
            r#type: "function",
            function: Function { name, arguments },
        }
    }
}
