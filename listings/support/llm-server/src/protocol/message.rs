//! The messages of a conversation, and whether its calls of tools are answered.

use super::error::ApiError;
use super::fields::{Fields, empty, missing, unsupported, wrong_type};
use serde_json::Value;

/// One message of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Message {
    /// Who speaks: `user`.
    pub role: String,
    /// What is said, its parts joined.
    pub content: String,
    /// The ids of the calls that an assistant makes.
    pub tool_calls: Vec<String>,
    /// The id of the call that a tool answers.
    pub tool_call_id: Option<String>,
}

impl Message {
    /// What a user says.
    pub(crate) fn user(content: String) -> Self {
        Self {
            role: "user".to_owned(),
            content,
            ..Self::default()
        }
    }
}

const ROLES: &[&str] = &[
    "system",
    "developer",
    "user",
    "assistant",
    "tool",
    "function",
];

const FIELDS: &[&str] = &[
    "annotations",
    "audio",
    "content",
    "function_call",
    "name",
    "refusal",
    "role",
    "tool_call_id",
    "tool_calls",
];

/// The messages of a request, at least one, whose calls are answered.
pub(super) fn messages(fields: &Fields<'_>) -> Result<Vec<Message>, ApiError> {
    let all = fields.array("messages")?;
    let all = all.ok_or_else(|| missing("messages"))?;
    if all.is_empty() {
        return Err(empty("messages"));
    }
    let messages = all.iter().enumerate().map(|(index, value)| {
        message(&Fields::item(value, "messages", index)?)
    });
    let messages: Vec<Message> = messages.collect::<Result<_, _>>()?;
    answered(&messages)?;
    Ok(messages)
}

fn message(fields: &Fields<'_>) -> Result<Message, ApiError> {
    fields.needed("role")?;
    let role = fields.one_of("role", ROLES)?.unwrap_or_default();
    let mut message = Message {
        content: content(fields, role)?,
        role: role.to_owned(),
        ..Message::default()
    };
    // Most have nothing else.
    if fields.unknown(&["content", "role"]).is_some() {
        fields.known(FIELDS)?;
        fields.string("name")?;
        message.tool_calls = calls(fields)?;
        let id = fields.string("tool_call_id")?;
        message.tool_call_id = id.map(str::to_owned);
    }
    if role == "tool" && message.tool_call_id.is_none() {
        return Err(missing(fields.name("tool_call_id")));
    }
    Ok(message)
}

/// The ids of the calls that an assistant's message makes.
fn calls(message: &Fields<'_>) -> Result<Vec<String>, ApiError> {
    let calls = message.array("tool_calls")?.map_or(&[][..], |all| all);
    let calls = calls.iter().enumerate().map(|(index, call)| {
        let all = message.name("tool_calls");
        let call = Fields::item(call, all, index)?;
        let id = call.string("id")?;
        let id = id.ok_or_else(|| missing(call.name("id")))?;
        let function = call.object("function")?;
        let function =
            function.ok_or_else(|| missing(call.name("function")))?;
        for field in ["name", "arguments"] {
            function.needed(field)?;
            function.string(field)?;
        }
        Ok(id.to_owned())
    });
    calls.collect()
}

/// The text of a message, its parts joined. An assistant's may have none: it
/// calls a tool.
fn content(message: &Fields<'_>, role: &str) -> Result<String, ApiError> {
    match message.get("content") {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => {
            let name = message.name("content");
            let kinds: &[&str] = match role {
                "assistant" => &["text", "refusal"],
                _ => &["text"],
            };
            self::parts(parts, &name, kinds)
        }
        None if role == "assistant" => Ok(String::new()),
        None => Err(missing(message.name("content"))),
        Some(other) => Err(wrong_type(
            &message.name("content"),
            "one of a string or array of objects",
            other,
        )),
    }
}

/// The texts of a content's parts, joined; each is of one of these types, by
/// which the field with its text is called, or is a `…_text`.
pub(super) fn parts(
    parts: &[Value],
    name: &str,
    kinds: &[&str],
) -> Result<String, ApiError> {
    let texts = parts.iter().enumerate().map(|(index, part)| {
        let part = Fields::item(part, name.to_owned(), index)?;
        part.needed("type")?;
        let kind = part.string("type")?.unwrap_or_default();
        if !kinds.contains(&kind) {
            return Err(unsupported(part.name("type"), kind, kinds));
        }
        let field = if kind == "refusal" { kind } else { "text" };
        let text = part.string(field)?;
        text.ok_or_else(|| missing(part.name(field)))
    });
    texts.collect()
}

/// Each call of a tool is answered behind it, under its id, before anything
/// else is said; and nothing is answered that was not called.
fn answered(messages: &[Message]) -> Result<(), ApiError> {
    let mut open: Vec<&str> = Vec::new();
    let mut called = false;
    for (index, message) in messages.iter().enumerate() {
        if message.role == "tool" {
            if !called {
                return Err(uncalled(index));
            }
            let id = message.tool_call_id.as_deref();
            open.retain(|call| Some(*call) != id);
        } else {
            unanswered(&open)?;
            called = !message.tool_calls.is_empty();
            open = message.tool_calls.iter().map(String::as_str).collect();
        }
    }
    unanswered(&open)
}

fn uncalled(index: usize) -> ApiError {
    ApiError::uncoded(
        format!("messages.[{index}].role"),
        "Invalid parameter: messages with role 'tool' must be a response to a \
         preceeding message with 'tool_calls'.",
    )
}

fn unanswered(open: &[&str]) -> Result<(), ApiError> {
    if open.is_empty() {
        return Ok(());
    }
    Err(ApiError::uncoded(
        "messages",
        format!(
            "An assistant message with 'tool_calls' must be followed by tool \
             messages responding to each 'tool_call_id'. The following \
             tool_call_ids did not have response messages: {}",
            open.join(", ").escape_debug()
        ),
    ))
}
