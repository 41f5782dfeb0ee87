//! A request for a completion.

use super::error::ApiError;
use super::fields::{
    Fields, boolean, known, missing, model, number, object, present, whole,
    wrong_type,
};
use serde_json::Value;

/// A request for a completion.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    /// Which model is asked.
    pub model: String,
    /// What was said so far.
    pub messages: Vec<Message>,
    /// Whether the answer comes token by token.
    pub stream: bool,
    /// Whether a stream ends with an event that counts the tokens.
    pub include_usage: bool,
    /// How many tokens the answer may have.
    pub max_tokens: Option<u64>,
    /// From 0 to 2.
    pub temperature: Option<f64>,
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Message {
    /// Who speaks: `user`.
    pub role: String,
    /// What is said, its parts joined.
    pub content: String,
}

impl ChatRequest {
    /// What the user said last, or else the last message.
    #[must_use]
    pub fn prompt(&self) -> &str {
        let users = self.messages.iter().rfind(|m| m.role == "user");
        users
            .or(self.messages.last())
            .map_or("", |message| &message.content)
    }

    /// Reads a body.
    ///
    /// # Errors
    /// If it is not such a request: as the API says it.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let fields = object(body)?;
        known(&fields, CHAT_FIELDS)?;
        let model = model(&fields)?;
        let messages = messages(&fields)?;
        let stream = boolean(&fields, "stream")?.unwrap_or(false);
        let include_usage = include_usage(&fields, stream)?;
        whole(&fields, "n", 1, 1)?;
        number(&fields, "top_p", 0.0, 1.0)?;
        number(&fields, "frequency_penalty", -2.0, 2.0)?;
        number(&fields, "presence_penalty", -2.0, 2.0)?;
        Ok(Self {
            temperature: number(&fields, "temperature", 0.0, 2.0)?,
            max_tokens: max_tokens(&fields)?,
            model,
            messages,
            stream,
            include_usage,
        })
    }
}

/// The most tokens that any answer may have.
const MOST: u64 = 1_000_000;

const CHAT_FIELDS: &[&str] = &[
    "audio",
    "frequency_penalty",
    "function_call",
    "functions",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "n",
    "parallel_tool_calls",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "reasoning_effort",
    "response_format",
    "safety_identifier",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "temperature",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "user",
    "verbosity",
    "web_search_options",
];

const ROLES: &[&str] = &[
    "system",
    "developer",
    "user",
    "assistant",
    "tool",
    "function",
];

/// Whether a stream is to tell its usage; only a stream may be asked to.
fn include_usage(fields: &Fields, stream: bool) -> Result<bool, ApiError> {
    match present(fields, "stream_options") {
        None => Ok(false),
        Some(_) if !stream => Err(ApiError::bad(
            "stream_options",
            "invalid_value",
            "The 'stream_options' parameter is only allowed when 'stream' is \
             enabled.",
        )),
        Some(Value::Object(options)) => {
            Ok(boolean(options, "include_usage")?.unwrap_or(false))
        }
        Some(_) => Err(wrong_type("stream_options", "an object")),
    }
}

/// By its present name, or else by its former one.
fn max_tokens(fields: &Fields) -> Result<Option<u64>, ApiError> {
    match whole(fields, "max_completion_tokens", 1, MOST)? {
        Some(most) => Ok(Some(most)),
        None => whole(fields, "max_tokens", 1, MOST),
    }
}

fn messages(fields: &Fields) -> Result<Vec<Message>, ApiError> {
    let all = match present(fields, "messages") {
        None => return Err(missing("messages")),
        Some(Value::Array(all)) => all,
        Some(_) => return Err(wrong_type("messages", "an array of objects")),
    };
    if all.is_empty() {
        return Err(ApiError::bad(
            "messages",
            "empty_array",
            "Invalid 'messages': empty array. Expected an array with minimum \
             length 1, but got an empty array instead.",
        ));
    }
    all.iter().map(message).collect()
}

fn message(value: &Value) -> Result<Message, ApiError> {
    let role = role(value)?;
    Ok(Message {
        role: role.to_owned(),
        content: content(value, role)?,
    })
}

fn role(message: &Value) -> Result<&str, ApiError> {
    let role = message.get("role").and_then(Value::as_str);
    role.filter(|role| ROLES.contains(role)).ok_or_else(|| {
        ApiError::bad(
            "messages",
            "invalid_value",
            format!(
                "Invalid 'messages': the role of each is one of {}.",
                ROLES.join(", ")
            ),
        )
    })
}

/// The text of a message, its parts joined. An assistant's may have none: it
/// calls a tool.
fn content(message: &Value, role: &str) -> Result<String, ApiError> {
    match message.get("content") {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text"));
            Ok(texts.filter_map(Value::as_str).collect())
        }
        Some(Value::Null) | None if role == "assistant" => Ok(String::new()),
        _ => Err(wrong_type(
            "messages",
            "the content of each as a string or an array of parts",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    /// A request that is good, up to its closing brace.
    const GOOD: &str =
        r#"{"model":"m","messages":[{"role":"user","content":"a"}]"#;

    fn blamed(body: &str) -> Option<&'static str> {
        let error = ChatRequest::parse(body.as_bytes()).expect_err(body);
        assert_eq!(error.status, StatusCode::BAD_REQUEST, "{body}");
        error.param
    }

    #[test]
    fn what_a_request_lacks_is_named() {
        assert!(ChatRequest::parse(format!("{GOOD}}}").as_bytes()).is_ok());
        for (body, param) in [
            ("{}", Some("model")),
            (r#"{"model":7}"#, Some("model")),
            (r#"{"model":"m"}"#, Some("messages")),
            (r#"{"model":"m","messages":[]}"#, Some("messages")),
            (
                r#"{"model":"m","messages":[{"role":"x"}]}"#,
                Some("messages"),
            ),
            (
                r#"{"model":"m","messages":[{"role":"user"}]}"#,
                Some("messages"),
            ),
            ("[]", None),
            ("{", None),
            ("\u{fffd}", None),
        ] {
            assert_eq!(blamed(body), param, "{body}");
        }
    }

    #[test]
    fn a_field_that_can_t_be_so_is_named() {
        for (field, param) in [
            (r#""temperature":2.1"#, Some("temperature")),
            (r#""temperature":-1"#, Some("temperature")),
            (r#""temperature":"hot""#, Some("temperature")),
            (r#""max_tokens":0"#, Some("max_tokens")),
            (r#""max_tokens":-5"#, Some("max_tokens")),
            (r#""max_tokens":1.5"#, Some("max_tokens")),
            (r#""max_tokens":1e300"#, Some("max_tokens")),
            (
                r#""max_completion_tokens":99999999"#,
                Some("max_completion_tokens"),
            ),
            (r#""n":2"#, Some("n")),
            (r#""top_p":2"#, Some("top_p")),
            (r#""stream":"yes""#, Some("stream")),
            (
                r#""stream_options":{"include_usage":true}"#,
                Some("stream_options"),
            ),
            (r#""tempreature":1"#, None),
        ] {
            assert_eq!(blamed(&format!("{GOOD},{field}}}")), param, "{field}");
        }
    }
}
