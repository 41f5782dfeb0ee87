//! Requests and answers as they go over the wire.
//!
//! Source: OpenAI's API reference, «Chat», «Embeddings», «Models».

use crate::error::ApiError;
use crate::script::DIMENSIONS;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// When everything was created, in seconds since 1970: always the same, so that
/// equal requests get equal answers.
pub(crate) const CREATED: u64 = 1_700_000_000;

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
        let include_usage = match present(&fields, "stream_options") {
            None => false,
            Some(_) if !stream => {
                return Err(ApiError::bad(
                    "stream_options",
                    "invalid_value",
                    "The 'stream_options' parameter is only allowed when \
                     'stream' is enabled.",
                ));
            }
            Some(Value::Object(options)) => {
                boolean(options, "include_usage")?.unwrap_or(false)
            }
            Some(_) => return Err(wrong_type("stream_options", "an object")),
        };
        whole(&fields, "n", 1, 1)?;
        number(&fields, "top_p", 0.0, 1.0)?;
        number(&fields, "frequency_penalty", -2.0, 2.0)?;
        number(&fields, "presence_penalty", -2.0, 2.0)?;
        Ok(Self {
            temperature: number(&fields, "temperature", 0.0, 2.0)?,
            max_tokens: match whole(&fields, "max_completion_tokens", 1, MOST)?
            {
                Some(most) => Some(most),
                None => whole(&fields, "max_tokens", 1, MOST)?,
            },
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

fn object(body: &[u8]) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(malformed("The body of a request is a JSON object.")),
        Err(error) => Err(malformed(format!(
            "We could not parse the JSON body of your request: {error}."
        ))),
    }
}

fn malformed(message: impl Into<String>) -> ApiError {
    ApiError::invalid(StatusCode::BAD_REQUEST, None, None, message)
}

fn known(fields: &Map<String, Value>, all: &[&str]) -> Result<(), ApiError> {
    match fields.keys().find(|name| !all.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(malformed(format!(
            "Unrecognized request argument supplied: {}",
            name.escape_debug()
        ))),
    }
}

/// A field that is there and not null.
fn present<'a>(
    fields: &'a Map<String, Value>,
    name: &str,
) -> Option<&'a Value> {
    fields.get(name).filter(|value| !value.is_null())
}

fn missing(name: &'static str) -> ApiError {
    ApiError::bad(
        name,
        "missing_required_parameter",
        format!("Missing required parameter: '{name}'."),
    )
}

fn wrong_type(name: &'static str, expected: &str) -> ApiError {
    ApiError::bad(
        name,
        "invalid_type",
        format!("Invalid type for '{name}': expected {expected}."),
    )
}

fn model(fields: &Map<String, Value>) -> Result<String, ApiError> {
    match present(fields, "model") {
        Some(Value::String(name)) if !name.is_empty() => Ok(name.clone()),
        Some(Value::String(_)) | None => Err(ApiError::bad(
            "model",
            "missing_required_parameter",
            "You must provide a model parameter.",
        )),
        Some(_) => Err(wrong_type("model", "a string")),
    }
}

/// Which model a body asks, however wrong it is otherwise; empty where it does
/// not say.
pub(crate) fn named(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Named {
        model: String,
    }
    serde_json::from_slice(body)
        .map_or_else(|_| String::new(), |named: Named| named.model)
}

fn boolean(
    fields: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<bool>, ApiError> {
    match present(fields, name) {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(*value)),
        Some(_) => Err(wrong_type(name, "a boolean")),
    }
}

fn number(
    fields: &Map<String, Value>,
    name: &'static str,
    least: f64,
    most: f64,
) -> Result<Option<f64>, ApiError> {
    let Some(value) = present(fields, name) else {
        return Ok(None);
    };
    let Some(value) = value.as_f64() else {
        return Err(wrong_type(name, "a decimal"));
    };
    if value < least {
        return Err(out_of_range(name, "decimal", value, ">=", least));
    }
    if value > most {
        return Err(out_of_range(name, "decimal", value, "<=", most));
    }
    Ok(Some(value))
}

fn whole(
    fields: &Map<String, Value>,
    name: &'static str,
    least: u64,
    most: u64,
) -> Result<Option<u64>, ApiError> {
    let Some(value) = present(fields, name) else {
        return Ok(None);
    };
    match (value.as_u64(), value.as_i64()) {
        (Some(value), _) if value > most => {
            Err(out_of_range(name, "integer", value, "<=", most))
        }
        (Some(value), _) if value < least => {
            Err(out_of_range(name, "integer", value, ">=", least))
        }
        (Some(value), _) => Ok(Some(value)),
        (None, Some(value)) => {
            Err(out_of_range(name, "integer", value, ">=", least))
        }
        (None, None) => Err(wrong_type(name, "an integer")),
    }
}

fn out_of_range<V: std::fmt::Display, L: std::fmt::Display>(
    name: &'static str,
    what: &str,
    value: V,
    relation: &str,
    limit: L,
) -> ApiError {
    let (side, code) = match (what, relation) {
        ("integer", ">=") => ("below minimum", "integer_below_min_value"),
        ("integer", _) => ("above maximum", "integer_above_max_value"),
        (_, ">=") => ("below minimum", "decimal_below_min_value"),
        _ => ("above maximum", "decimal_above_max_value"),
    };
    ApiError::bad(
        name,
        code,
        format!(
            "Invalid '{name}': {what} {side} value. Expected a value \
             {relation} {limit}, but got {value} instead."
        ),
    )
}

fn messages(fields: &Map<String, Value>) -> Result<Vec<Message>, ApiError> {
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
    let role = value.get("role").and_then(Value::as_str);
    let Some(role) = role.filter(|role| ROLES.contains(role)) else {
        return Err(ApiError::bad(
            "messages",
            "invalid_value",
            format!(
                "Invalid 'messages': the role of each is one of {}.",
                ROLES.join(", ")
            ),
        ));
    };
    let content = match value.get("content") {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text"));
            texts.filter_map(Value::as_str).collect()
        }
        Some(Value::Null) | None if role == "assistant" => String::new(),
        _ => {
            return Err(wrong_type(
                "messages",
                "the content of each as a string or an array of parts",
            ));
        }
    };
    Ok(Message {
        role: role.to_owned(),
        content,
    })
}

/// A request for embeddings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EmbeddingsRequest {
    pub(crate) model: String,
    pub(crate) input: Vec<String>,
    pub(crate) base64: bool,
    pub(crate) dimensions: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Texts(Vec<String>),
    Tokens(Vec<u32>),
    TokenLists(Vec<Vec<u32>>),
}

impl EmbeddingsRequest {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let fields = object(body)?;
        let all = ["model", "input", "encoding_format", "dimensions", "user"];
        known(&fields, &all)?;
        let input = present(&fields, "input").ok_or(missing("input"))?;
        let listed = |tokens: &[u32]| {
            let words: Vec<_> = tokens.iter().map(u32::to_string).collect();
            words.join(" ")
        };
        let input = match Input::deserialize(input) {
            Ok(Input::Text(text)) => vec![text],
            Ok(Input::Texts(texts)) => texts,
            Ok(Input::Tokens(tokens)) => vec![listed(&tokens)],
            Ok(Input::TokenLists(lists)) => {
                lists.iter().map(|list| listed(list)).collect()
            }
            Err(_) => {
                return Err(wrong_type(
                    "input",
                    "a string or an array of them",
                ));
            }
        };
        if input.is_empty() || input.iter().any(String::is_empty) {
            return Err(ApiError::bad(
                "input",
                "invalid_value",
                "Invalid 'input': it can't be empty.",
            ));
        }
        let base64 = match present(&fields, "encoding_format") {
            None => false,
            Some(format) if format == "float" => false,
            Some(format) if format == "base64" => true,
            Some(_) => {
                return Err(ApiError::bad(
                    "encoding_format",
                    "invalid_value",
                    "Invalid 'encoding_format': expected float or base64.",
                ));
            }
        };
        Ok(Self {
            model: model(&fields)?,
            input,
            base64,
            dimensions: whole(
                &fields,
                "dimensions",
                1,
                u64::try_from(DIMENSIONS).unwrap_or(u64::MAX),
            )?,
        })
    }
}

/// The embedding of a text: a unit vector. Each word adds to one dimension,
/// chosen by its hash, so that texts with common words are near each other.
pub(crate) fn embedding(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0_f32; dimensions];
    let words = text.split(|c: char| !c.is_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        let hash = hash(word.to_lowercase().as_bytes());
        let sign = if hash >> 63 == 0 { 1.0 } else { -1.0 };
        let place = hash % u64::try_from(dimensions).unwrap_or(1);
        vector[usize::try_from(place).unwrap_or_default()] += sign;
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        for x in &mut vector {
            *x /= length;
        }
    } else {
        vector[0] = 1.0;
    }
    vector
}

/// FNV-1a, 64 bits.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// How many tokens a call used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_field_names, reason = "the API calls them so")]
pub(crate) struct Usage {
    prompt_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_tokens: Option<u64>,
    total_tokens: u64,
}

impl Usage {
    /// Of a call whose answer has so many tokens; none has an embedding.
    pub(crate) fn new(prompt: u64, completion: Option<u64>) -> Self {
        Self {
            prompt_tokens: prompt,
            completion_tokens: completion,
            total_tokens: prompt.saturating_add(completion.unwrap_or(0)),
        }
    }
}

/// An answer in one piece.
#[derive(Debug, Serialize)]
pub(crate) struct Completion<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: [Choice<'a>; 1],
    usage: Usage,
}

#[derive(Debug, Serialize)]
struct Choice<'a> {
    index: u32,
    message: Said<'a>,
    logprobs: (),
    finish_reason: &'static str,
}

#[derive(Debug, Serialize)]
struct Said<'a> {
    role: &'static str,
    content: &'a str,
    refusal: (),
}

impl<'a> Completion<'a> {
    pub(crate) fn new(
        id: &'a str,
        model: &'a str,
        content: &'a str,
        finish_reason: &'static str,
        usage: Usage,
    ) -> Self {
        Self {
            id,
            object: "chat.completion",
            created: CREATED,
            model,
            choices: [Choice {
                index: 0,
                message: Said {
                    role: "assistant",
                    content,
                    refusal: (),
                },
                logprobs: (),
                finish_reason,
            }],
            usage,
        }
    }
}

/// One event of an answer that is streamed.
#[derive(Debug, Serialize)]
pub(crate) struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
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

#[derive(Debug, Serialize)]
struct ChunkChoice<'a> {
    index: u32,
    delta: Delta<'a>,
    logprobs: (),
    finish_reason: Option<&'static str>,
}

/// What is new in an event.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<&'a str>,
}

impl<'a> Chunk<'a> {
    pub(crate) fn new(
        id: &'a str,
        model: &'a str,
        choice: Option<(Delta<'a>, Option<&'static str>)>,
        usage: Option<Cost>,
    ) -> Self {
        Self {
            id,
            object: "chat.completion.chunk",
            created: CREATED,
            model,
            choices: AtMostOne(choice.map(|(delta, finish_reason)| {
                ChunkChoice {
                    index: 0,
                    delta,
                    logprobs: (),
                    finish_reason,
                }
            })),
            usage,
        }
    }
}

/// A list of models or of embeddings.
#[derive(Debug, Serialize)]
pub(crate) struct List<'a, T> {
    object: &'static str,
    data: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

impl<'a, T> List<'a, T> {
    pub(crate) fn new(data: Vec<T>) -> Self {
        Self {
            object: "list",
            data,
            model: None,
            usage: None,
        }
    }

    /// Says which model made it, at which cost.
    pub(crate) fn of(self, model: &'a str, usage: Usage) -> Self {
        Self {
            model: Some(model),
            usage: Some(usage),
            ..self
        }
    }
}

/// A model, as it is listed.
#[derive(Debug, Serialize)]
pub(crate) struct ModelObject<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    owned_by: &'static str,
}

impl<'a> ModelObject<'a> {
    pub(crate) fn new(id: &'a str) -> Self {
        Self {
            id,
            object: "model",
            created: CREATED,
            owned_by: "workbook",
        }
    }
}

/// The vector of one text.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "the API calls it so")]
pub(crate) struct Embedding {
    object: &'static str,
    index: usize,
    embedding: Vector,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Vector {
    Numbers(Vec<f32>),
    /// Of the numbers' bytes, the least significant first.
    Base64(String),
}

impl Embedding {
    pub(crate) fn new(index: usize, vector: Vec<f32>, base64: bool) -> Self {
        let embedding = if base64 {
            let bytes: Vec<u8> =
                vector.iter().flat_map(|x| x.to_le_bytes()).collect();
            Vector::Base64(BASE64_STANDARD.encode(bytes))
        } else {
            Vector::Numbers(vector)
        };
        Self {
            object: "embedding",
            index,
            embedding,
        }
    }
}

/// A text in the tokens in which it is streamed: a word with the blanks before
/// it. Joined they are the text.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let token = first_token(rest);
        rest = &rest[token.len()..];
        (!token.is_empty()).then_some(token)
    })
}

/// The first token of a text; empty where the text is.
pub(crate) fn first_token(text: &str) -> &str {
    let word = text.find(|c: char| !c.is_whitespace());
    let word = word.unwrap_or(text.len());
    let end = text[word..].find(char::is_whitespace);
    &text[..end.map_or(text.len(), |end| word + end)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_joined_are_the_text() {
        for text in ["", " ", "a", "one two", "  ein  Satz\nmehr ", "日本 語"]
        {
            assert_eq!(tokens(text).collect::<String>(), text);
        }
        let words: Vec<_> = tokens("one two, three ").collect();
        assert_eq!(words, ["one", " two,", " three", " "]);
    }

    #[test]
    fn what_a_request_lacks_is_named() {
        let parse = |text: &str| ChatRequest::parse(text.as_bytes());
        let good = r#"{"model":"m","messages":[{"role":"user","content":"a"}]"#;
        assert!(parse(&format!("{good}}}")).is_ok());
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
            let error = parse(body).expect_err(body);
            assert_eq!(error.status, StatusCode::BAD_REQUEST, "{body}");
            assert_eq!(error.param, param, "{body}");
        }
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
            let error = parse(&format!("{good},{field}}}")).expect_err(field);
            assert_eq!(error.status, StatusCode::BAD_REQUEST, "{field}");
            assert_eq!(error.param, param, "{field}");
        }
    }

    #[test]
    fn texts_with_common_words_are_near_each_other() {
        let dot = |a: &str, b: &str| -> f32 {
            let (a, b) = (embedding(a, 64), embedding(b, 64));
            a.iter().zip(&b).map(|(x, y)| x * y).sum()
        };
        let near = dot("the white rabbit", "a white rabbit ran");
        assert!(near > dot("the white rabbit", "queen of hearts"));
        assert!((dot("", "") - 1.0).abs() < 1e-6);
    }
}
