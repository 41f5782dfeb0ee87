//! A reply as the items of a response.

use crate::id::fresh;
use crate::protocol::{
    LogProb, Status, function_call, message, output_text, refusal,
};
use crate::reply::{Kind, Part, Reply};
use serde_json::Value;

/// The id of a new item.
pub(crate) fn item_id(kind: &Kind) -> String {
    match kind {
        Kind::Call(_) => fresh("fc_"),
        Kind::Text | Kind::Refusal => fresh("msg_"),
    }
}

/// The content of a message that was said so far; a call has none.
pub(crate) fn content(
    part: &Part,
    text: &str,
    top_logprobs: Option<usize>,
) -> Option<Value> {
    match part.kind {
        Kind::Call(_) => None,
        Kind::Refusal => Some(refusal(text)),
        Kind::Text => {
            let tell =
                |top| part.tokens().map(|t| LogProb::of(t, top)).collect();
            let logprobs: Vec<LogProb> = top_logprobs
                .filter(|_| !text.is_empty())
                .map(tell)
                .unwrap_or_default();
            Some(output_text(text, &logprobs))
        }
    }
}

/// A part as an item, so far as it was said: nothing of it, or all.
pub(crate) fn item(
    id: &str,
    part: &Part,
    status: Status,
    top_logprobs: Option<usize>,
) -> Value {
    let begun = status == Status::InProgress;
    match &part.kind {
        Kind::Call(callee) => {
            let arguments = if begun { "" } else { part.text() };
            function_call([id, &callee.id], &callee.name, arguments, status)
        }
        Kind::Text | Kind::Refusal if begun => message(id, status, None),
        Kind::Text | Kind::Refusal => {
            message(id, status, content(part, part.text(), top_logprobs))
        }
    }
}

/// The status of one of a reply's items: only the last may be cut off.
pub(crate) fn item_status(reply: &Reply, place: usize) -> Status {
    if place + 1 == reply.parts.len() {
        Status::of(&reply.reason)
    } else {
        Status::Completed
    }
}

/// All of a reply.
pub(crate) fn output(
    reply: &Reply,
    ids: &[String],
    top_logprobs: Option<usize>,
) -> Vec<Value> {
    let items = reply.parts.iter().zip(ids).enumerate();
    items
        .map(|(place, (part, id))| {
            item(id, part, item_status(reply, place), top_logprobs)
        })
        .collect()
}
