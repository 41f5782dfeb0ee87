//! What is asked.

use serde::Serialize;

/// One question to a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    prompt: String,
    model: Option<String>,
    max_tokens: Option<u32>,
}

impl Request {
    /// Asks `prompt`, in the words of the user.
    #[must_use]
    pub fn new(prompt: impl Into<String>) -> Self {
        Self {
            prompt: prompt.into(),
            model: None,
            max_tokens: None,
        }
    }

    /// Of this model, and not of the client's own.
    #[must_use]
    pub fn model(self, model: impl Into<String>) -> Self {
        let model = Some(model.into());
        Self { model, ..self }
    }

    /// An answer of so many tokens at most, those that a model thinks with
    /// included. It is what bounds the cost of a call: no limit on time does,
    /// since the provider may write on.
    #[must_use]
    pub fn max_tokens(self, tokens: u32) -> Self {
        let max_tokens = Some(tokens);
        Self { max_tokens, ..self }
    }

    /// What is asked.
    #[must_use]
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// The body that a server is sent, where `model` is asked unless the
    /// request names another: for who sends it otherwise than by a client.
    ///
    /// # Panics
    /// Never: text and numbers are always JSON.
    #[must_use]
    pub fn to_json(&self, model: &str) -> String {
        serde_json::to_string(&self.body(model, Limit::Usual))
            .expect("text and numbers")
    }

    /// The body that a server is sent.
    pub(crate) fn body<'a>(&'a self, model: &'a str, limit: Limit) -> Body<'a> {
        Body {
            model: self.model.as_deref().unwrap_or(model),
            messages: [Message {
                role: "user",
                content: &self.prompt,
            }],
            max_tokens: self.max_tokens.filter(|_| limit == Limit::Usual),
            max_completion_tokens: self
                .max_tokens
                .filter(|_| limit == Limit::OpenAi),
            stream: true,
            stream_options: Options {
                include_usage: true,
            },
        }
    }
}

impl From<&str> for Request {
    fn from(prompt: &str) -> Self {
        Self::new(prompt)
    }
}

impl From<String> for Request {
    fn from(prompt: String) -> Self {
        Self::new(prompt)
    }
}

/// How a server calls the limit on an answer. OpenAI's models that think take
/// the new name only, Mistral refuses it, and Ollama passes it over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// `max_tokens`.
    Usual,
    /// `max_completion_tokens`.
    OpenAi,
}

/// <https://platform.openai.com/docs/api-reference/chat/create>
#[derive(Serialize)]
pub struct Body<'a> {
    model: &'a str,
    messages: [Message<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    stream: bool,
    stream_options: Options,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
struct Options {
    include_usage: bool,
}
