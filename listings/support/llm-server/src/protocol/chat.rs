//! A request for a completion.

use super::error::ApiError;
use super::fields::{
    Fields, model, not_here, parse, too_many, unsupported, wrong_type,
};
use super::format::{ResponseFormat, format, says_json};
use super::message::{Message, messages};
use super::tool::{Tool, ToolChoice, choice, tools};
use http::StatusCode;
use serde_json::Value;

/// A request for a completion, or for a response.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
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
    /// From 0 to 1.
    pub top_p: Option<f64>,
    /// How many answers there are to be, from 1 to 128.
    pub n: usize,
    /// The answer ends before the first of these.
    pub stop: Vec<String>,
    /// What would make a model's answer the same again. Here it always is.
    pub seed: Option<i64>,
    /// Whom it is for.
    pub user: Option<String>,
    /// What the model may call.
    pub tools: Vec<Tool>,
    /// Whether it has to.
    pub tool_choice: ToolChoice,
    /// Whether it may call several at once.
    pub parallel_tool_calls: bool,
    /// The shape of the answer.
    pub response_format: ResponseFormat,
    /// Whether each token tells how likely it was, beside so many others.
    pub top_logprobs: Option<usize>,
}

impl ChatRequest {
    /// One that asks nothing but this.
    pub(crate) fn new(model: String, messages: Vec<Message>) -> Self {
        Self {
            model,
            messages,
            stream: false,
            include_usage: false,
            max_tokens: None,
            temperature: None,
            top_p: None,
            n: 1,
            stop: Vec::new(),
            seed: None,
            user: None,
            tools: Vec::new(),
            tool_choice: ToolChoice::Auto,
            parallel_tool_calls: true,
            response_format: ResponseFormat::Text,
            top_logprobs: None,
        }
    }

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
        let map = parse(body)?;
        let fields = Fields::of(&map);
        let mut request = Self {
            stream: fields.boolean("stream")?.unwrap_or(false),
            max_tokens: max_tokens(&fields)?,
            temperature: fields.number("temperature", 0.0, 2.0)?,
            ..Self::new(model(&fields)?, messages(&fields)?)
        };
        // Most have nothing else: the rest is looked for where there is any.
        if fields.unknown(COMMON).is_some() {
            request.read(&fields)?;
        }
        Ok(request)
    }

    /// Reads what is not common.
    fn read(&mut self, fields: &Fields<'_>) -> Result<(), ApiError> {
        known(fields)?;
        without_effect(fields)?;
        self.include_usage = include_usage(fields, self.stream)?;
        self.top_p = fields.number("top_p", 0.0, 1.0)?;
        self.n = n(fields)?;
        self.stop = stop(fields)?;
        self.seed = fields.integer("seed")?;
        self.user = fields.string("user")?.map(str::to_owned);
        self.tools = tools(fields, function)?;
        (self.tool_choice, self.parallel_tool_calls) =
            choice(fields, &self.tools, function)?;
        self.response_format = response_format(fields)?;
        self.top_logprobs = top_logprobs(fields)?;
        let texts = self.messages.iter().map(|m| m.content.as_str());
        says_json(&self.response_format, "response_format", texts)
    }
}

/// The most tokens that any answer may have.
pub(super) const MOST: u64 = 1_000_000;

/// The most answers to one request: OpenAI's API reference, "n".
const CHOICES: u64 = 128;

/// The most sequences that end an answer.
const STOPS: usize = 4;

/// The most tokens that are told beside one.
pub(super) const LOGPROBS: u64 = 20;

const FIELDS: &[&str] = &[
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
];

/// What nearly every request is made of.
const COMMON: &[&str] = &[
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "model",
    "stream",
    "temperature",
];

/// What the API has for models that hear, search, reason or go by ids of
/// tokens.
const NOT_HERE: &[&str] = &[
    "audio",
    "function_call",
    "functions",
    "logit_bias",
    "prediction",
];

/// This endpoint words it otherwise than the rest of the API.
fn known(fields: &Fields<'_>) -> Result<(), ApiError> {
    match fields.unknown(FIELDS) {
        None => Ok(()),
        Some(name) => Err(ApiError::invalid(
            StatusCode::BAD_REQUEST,
            None,
            None,
            format!(
                "Unrecognized request argument supplied: {}",
                name.escape_debug()
            ),
        )),
    }
}

/// What is checked, and changes nothing that a script says; and what is refused.
fn without_effect(fields: &Fields<'_>) -> Result<(), ApiError> {
    fields.number("frequency_penalty", -2.0, 2.0)?;
    fields.number("presence_penalty", -2.0, 2.0)?;
    if let Some(field) = NOT_HERE.iter().find(|f| fields.get(f).is_some()) {
        return Err(not_here(field));
    }
    for (index, kind) in fields
        .array("modalities")?
        .into_iter()
        .flatten()
        .enumerate()
    {
        if kind != "text" {
            let kind = kind.as_str().unwrap_or_default();
            let name = format!("modalities[{index}]");
            return Err(unsupported(name, kind, &["text"]));
        }
    }
    stored(fields)
}

/// What is said about a request and not to the model.
pub(super) fn stored(fields: &Fields<'_>) -> Result<(), ApiError> {
    let tiers = ["auto", "default", "flex", "priority"];
    fields.one_of("service_tier", &tiers)?;
    fields.boolean("store")?;
    for field in ["user", "prompt_cache_key", "safety_identifier"] {
        fields.string(field)?;
    }
    let Some(metadata) = fields.get("metadata") else {
        return Ok(());
    };
    let Value::Object(pairs) = metadata else {
        return Err(wrong_type("metadata", "an object", metadata));
    };
    match pairs.iter().find(|(_, value)| !value.is_string()) {
        None => Ok(()),
        Some((key, value)) => {
            let name = format!("metadata.{}", key.escape_debug());
            Err(wrong_type(&name, "a string", value))
        }
    }
}

/// Where a tool, or the choice of one, describes its function.
fn function(tool: Fields<'_>) -> Result<Fields<'_>, ApiError> {
    tool.needed("function")?;
    Ok(tool.object("function")?.unwrap_or(tool))
}

fn json_schema(format: Fields<'_>) -> Result<Fields<'_>, ApiError> {
    format.needed("json_schema")?;
    Ok(format.object("json_schema")?.unwrap_or(format))
}

fn response_format(fields: &Fields<'_>) -> Result<ResponseFormat, ApiError> {
    match fields.object("response_format")? {
        None => Ok(ResponseFormat::Text),
        Some(found) => format(found, "response_format", json_schema),
    }
}

/// Whether a stream is to tell its usage; only a stream may be asked to.
fn include_usage(fields: &Fields<'_>, stream: bool) -> Result<bool, ApiError> {
    let Some(options) = fields.object("stream_options")? else {
        return Ok(false);
    };
    if !stream {
        return Err(ApiError::uncoded(
            "stream_options",
            "The 'stream_options' parameter is only allowed when 'stream' is \
             enabled.",
        ));
    }
    options.known(&["include_obfuscation", "include_usage"])?;
    options.boolean("include_obfuscation")?;
    Ok(options.boolean("include_usage")?.unwrap_or(false))
}

/// By its present name or by its former one, but not by both.
fn max_tokens(fields: &Fields<'_>) -> Result<Option<u64>, ApiError> {
    let now = fields.whole("max_completion_tokens", 1, MOST)?;
    let former = fields.whole("max_tokens", 1, MOST)?;
    if now.is_some() && former.is_some() {
        return Err(ApiError::bad(
            "max_tokens",
            "invalid_parameter_combination",
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time \
             is not supported.",
        ));
    }
    Ok(now.or(former))
}

fn n(fields: &Fields<'_>) -> Result<usize, ApiError> {
    let n = fields.whole("n", 1, CHOICES)?.unwrap_or(1);
    Ok(usize::try_from(n).unwrap_or(1))
}

fn stop(fields: &Fields<'_>) -> Result<Vec<String>, ApiError> {
    let all = match fields.get("stop") {
        None => return Ok(Vec::new()),
        Some(Value::String(one)) => return Ok(vec![one.clone()]),
        Some(Value::Array(all)) => all,
        Some(other) => {
            let expected = "one of a string or array of strings";
            return Err(wrong_type("stop", expected, other));
        }
    };
    if all.len() > STOPS {
        return Err(too_many("stop", STOPS, all.len()));
    }
    let one = |(index, value): (usize, &Value)| match value {
        Value::String(one) => Ok(one.clone()),
        other => Err(wrong_type(&format!("stop[{index}]"), "a string", other)),
    };
    all.iter().enumerate().map(one).collect()
}

fn top_logprobs(fields: &Fields<'_>) -> Result<Option<usize>, ApiError> {
    let asked = fields.boolean("logprobs")?.unwrap_or(false);
    let top = fields.whole("top_logprobs", 0, LOGPROBS)?;
    if top.is_some() && !asked {
        return Err(ApiError::uncoded(
            "top_logprobs",
            "The 'top_logprobs' parameter is only allowed when 'logprobs' is \
             enabled.",
        ));
    }
    let top = usize::try_from(top.unwrap_or(0)).unwrap_or(0);
    Ok(asked.then_some(top))
}
#[cfg(test)]
mod tests;
