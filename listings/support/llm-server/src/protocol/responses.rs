//! A request for a response: the API that OpenAI's own clients lead with.

use super::chat::{ChatRequest, LOGPROBS, MOST, stored};
use super::error::ApiError;
use super::fields::{
    Fields, empty, missing, model, not_here, parse, unsupported, wrong_type,
};
use super::format::{ResponseFormat, format, says_json};
use super::message::{Message, parts};
use super::tool::{choice, tools};
use serde_json::{Map, Value, json};

/// The fewest tokens that an answer may be given: OpenAI's API reference.
const LEAST: u64 = 16;

/// A request for a response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ResponsesRequest {
    /// The same as a request for a completion.
    pub(crate) chat: ChatRequest,
    /// What of the request the response repeats.
    pub(crate) echo: Map<String, Value>,
}

const FIELDS: &[&str] = &[
    "background",
    "conversation",
    "include",
    "input",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "service_tier",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

/// What needs a server that keeps answers, or a model that reasons.
const NOT_HERE: &[&str] =
    &["conversation", "max_tool_calls", "prompt", "reasoning"];

/// What `include` may ask for.
const INCLUDED: &[&str] = &["message.output_text.logprobs"];

impl ResponsesRequest {
    /// Reads a body.
    ///
    /// # Errors
    /// If it is not such a request: as the API says it.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let map = parse(body)?;
        let fields = Fields::of(&map);
        fields.known(FIELDS)?;
        refused(&fields)?;
        stored(&fields)?;
        fields.one_of("truncation", &["auto", "disabled"])?;
        let tools = tools(&fields, Ok)?;
        let (tool_choice, parallel) = choice(&fields, &tools, Ok)?;
        let most = fields.whole("max_output_tokens", LEAST, MOST)?;
        let chat = ChatRequest {
            stream: stream(&fields)?,
            max_tokens: most,
            temperature: fields.number("temperature", 0.0, 2.0)?,
            top_p: fields.number("top_p", 0.0, 1.0)?,
            user: fields.string("user")?.map(str::to_owned),
            tools,
            tool_choice,
            parallel_tool_calls: parallel,
            response_format: text_format(&fields)?,
            top_logprobs: top_logprobs(&fields)?,
            ..ChatRequest::new(model(&fields)?, messages(&fields)?)
        };
        let texts = chat.messages.iter().map(|m| m.content.as_str());
        says_json(&chat.response_format, "text.format", texts)?;
        let echo = echo(&fields);
        Ok(Self { chat, echo })
    }
}

fn refused(fields: &Fields<'_>) -> Result<(), ApiError> {
    if let Some(id) = fields.string("previous_response_id")? {
        let message = format!(
            "Previous response with id '{}' not found.",
            id.escape_debug()
        );
        let code = "previous_response_not_found";
        return Err(ApiError::bad("previous_response_id", code, message));
    }
    if fields.boolean("background")? == Some(true) {
        return Err(not_here("background"));
    }
    let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
    let asked = |f: &&&str| fields.get(f).is_some_and(|value| !empty(value));
    match NOT_HERE.iter().find(asked) {
        Some(field) => Err(not_here(field)),
        None => Ok(()),
    }
}

fn stream(fields: &Fields<'_>) -> Result<bool, ApiError> {
    if let Some(options) = fields.object("stream_options")? {
        options.known(&["include_obfuscation"])?;
        options.boolean("include_obfuscation")?;
    }
    Ok(fields.boolean("stream")?.unwrap_or(false))
}

fn text_format(fields: &Fields<'_>) -> Result<ResponseFormat, ApiError> {
    let Some(text) = fields.object("text")? else {
        return Ok(ResponseFormat::Text);
    };
    text.known(&["format", "verbosity"])?;
    if text.get("verbosity").is_some() {
        return Err(not_here("text.verbosity"));
    }
    match text.object("format")? {
        None => Ok(ResponseFormat::Text),
        Some(found) => format(found, "text.format", Ok),
    }
}

/// Whether each token tells how likely it was: where `include` asks for it.
fn top_logprobs(fields: &Fields<'_>) -> Result<Option<usize>, ApiError> {
    let top = fields.whole("top_logprobs", 0, LOGPROBS)?;
    let mut asked = false;
    let include = fields.array("include")?.into_iter().flatten();
    for (index, what) in include.enumerate() {
        let what = what.as_str().unwrap_or_default();
        if !INCLUDED.contains(&what) {
            return Err(unsupported(
                format!("include[{index}]"),
                what,
                INCLUDED,
            ));
        }
        asked = true;
    }
    let top = top.and_then(|top| usize::try_from(top).ok());
    Ok(asked.then_some(top.unwrap_or(0)))
}

/// The instructions and the items of the input, as messages.
fn messages(fields: &Fields<'_>) -> Result<Vec<Message>, ApiError> {
    let instructions = fields.string("instructions")?;
    let mut messages: Vec<Message> = instructions
        .map(|text| Message {
            role: "developer".to_owned(),
            content: text.to_owned(),
            ..Message::default()
        })
        .into_iter()
        .collect();
    match fields.get("input") {
        None => return Err(missing("input")),
        Some(Value::String(text)) => messages.push(Message::user(text.clone())),
        Some(Value::Array(items)) if items.is_empty() => {
            return Err(empty("input"));
        }
        Some(Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                messages.push(item(&Fields::item(value, "input", index)?)?);
            }
            answered(&messages)?;
        }
        Some(other) => {
            let expected = "one of a string or array of objects";
            return Err(wrong_type("input", expected, other));
        }
    }
    Ok(messages)
}

/// One item of the input: a message, the call of a tool, or its answer.
fn item(item: &Fields<'_>) -> Result<Message, ApiError> {
    let text = |field| {
        let text = item.string(field)?;
        text.ok_or_else(|| missing(item.name(field)))
    };
    let kinds = ["message", "function_call", "function_call_output"];
    match item.one_of("type", &kinds)? {
        Some("function_call") => {
            text("name")?;
            text("arguments")?;
            Ok(Message {
                role: "assistant".to_owned(),
                tool_calls: vec![text("call_id")?.to_owned()],
                ..Message::default()
            })
        }
        Some("function_call_output") => Ok(Message {
            role: "tool".to_owned(),
            content: text("output")?.to_owned(),
            tool_call_id: Some(text("call_id")?.to_owned()),
            ..Message::default()
        }),
        _ => message(item),
    }
}

fn message(item: &Fields<'_>) -> Result<Message, ApiError> {
    let roles = ["assistant", "system", "developer", "user"];
    item.needed("role")?;
    let role = item.one_of("role", &roles)?.unwrap_or_default();
    let name = item.name("content");
    let content = match item.needed("content")? {
        Value::String(text) => text.clone(),
        Value::Array(all) => {
            let kinds: &[&str] = match role {
                "assistant" => &["output_text", "refusal"],
                _ => &["input_text"],
            };
            parts(all, &name, kinds)?
        }
        other => {
            let expected = "one of a string or array of objects";
            return Err(wrong_type(&name, expected, other));
        }
    };
    Ok(Message {
        role: role.to_owned(),
        content,
        ..Message::default()
    })
}

/// Each call of a tool has its answer behind it, and each answer its call.
fn answered(messages: &[Message]) -> Result<(), ApiError> {
    let mut open: Vec<&str> = Vec::new();
    for message in messages {
        open.extend(message.tool_calls.iter().map(String::as_str));
        let Some(id) = message.tool_call_id.as_deref() else {
            continue;
        };
        let Some(place) = open.iter().position(|call| *call == id) else {
            let message = format!(
                "No tool call found for function call output with call_id {}.",
                id.escape_debug()
            );
            return Err(ApiError::uncoded("input", message));
        };
        open.remove(place);
    }
    match open.first() {
        None => Ok(()),
        Some(id) => Err(ApiError::uncoded(
            "input",
            format!(
                "No tool output found for function call {}.",
                id.escape_debug()
            ),
        )),
    }
}

/// What of the request the response repeats, with what is so unless said. It is
/// not stored, whatever was asked.
fn echo(fields: &Fields<'_>) -> Map<String, Value> {
    let unless_said = [
        ("instructions", Value::Null),
        ("max_output_tokens", Value::Null),
        ("metadata", json!({})),
        ("parallel_tool_calls", json!(true)),
        ("previous_response_id", Value::Null),
        ("temperature", json!(1.0)),
        ("text", json!({ "format": { "type": "text" } })),
        ("tool_choice", json!("auto")),
        ("tools", json!([])),
        ("top_p", json!(1.0)),
        ("truncation", json!("disabled")),
        ("user", Value::Null),
    ];
    let said = unless_said.map(|(field, otherwise)| {
        let value = fields.get(field).cloned().unwrap_or(otherwise);
        (field.to_owned(), value)
    });
    let mut echo: Map<String, Value> = said.into_iter().collect();
    echo.insert("background".to_owned(), json!(false));
    echo.insert(
        "reasoning".to_owned(),
        json!({ "effort": null, "summary": null }),
    );
    echo.insert("service_tier".to_owned(), json!("default"));
    echo.insert("store".to_owned(), json!(false));
    echo
}
