//! The events of a completion that is streamed.

use super::logprobs::LogProbs;
use super::name::Name;
use super::usage::{CREATED, Usage};
use serde::Serialize;
use std::sync::Arc;

/// What is the same in all events of a stream.
#[derive(Debug)]
pub(crate) struct ChunkHead {
    pub(crate) id: String,
    pub(crate) name: Arc<Name>,
}

/// One event of an answer that is streamed.
#[derive(Debug, Serialize)]
pub(crate) struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    system_fingerprint: &'a str,
    /// At most one: the event that tells the usage has none.
    choices: AtMostOne<ChunkChoice<'a>>,
    /// Absent where it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Cost>,
}

/// What an event tells of the usage, to those who ask.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Cost {
    /// `null`: the answer goes on.
    Open,
    Total(Usage),
}

/// A list with at most one item.
#[derive(Debug)]
struct AtMostOne<T>(Option<T>);

impl<T: Serialize> Serialize for AtMostOne<T> {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

/// What is new in one of the answers.
#[derive(Debug, Serialize)]
pub(crate) struct ChunkChoice<'a> {
    pub(crate) index: usize,
    pub(crate) delta: Delta<'a>,
    pub(crate) logprobs: Option<LogProbs>,
    pub(crate) finish_reason: Option<&'a str>,
}

/// What is new in an event.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refusal: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tool_calls: Option<[ToolDelta<'a>; 1]>,
}

/// What is new in the call of a tool: first its id and name, then its arguments,
/// fragment by fragment.
#[derive(Debug, Serialize)]
pub(crate) struct ToolDelta<'a> {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    function: FunctionDelta<'a>,
}

#[derive(Debug, Serialize)]
struct FunctionDelta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    arguments: &'a str,
}

impl<'a> ToolDelta<'a> {
    /// A call begins.
    pub(crate) fn begun(index: usize, id: String, name: &'a str) -> Self {
        Self {
            index,
            id: Some(id),
            r#type: Some("function"),
            function: FunctionDelta {
                name: Some(name),
                arguments: "",
            },
        }
    }

    /// More of its arguments.
    pub(crate) fn more(index: usize, arguments: &'a str) -> Self {
        Self {
            index,
            id: None,
            r#type: None,
            function: FunctionDelta {
                name: None,
                arguments,
            },
        }
    }
}

impl<'a> Chunk<'a> {
    pub(crate) fn new(
        head: &'a ChunkHead,
        choice: Option<ChunkChoice<'a>>,
        usage: Option<Cost>,
    ) -> Self {
        Self {
            id: &head.id,
            object: "chat.completion.chunk",
            created: CREATED,
            model: &head.name.model,
            system_fingerprint: &head.name.fingerprint,
            choices: AtMostOne(choice),
            usage,
        }
    }
}
