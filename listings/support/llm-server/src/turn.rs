//! What a model does in one turn: it says something, refuses to, or calls tools.

use std::sync::Arc;

/// What a model does in one turn: by default, it says the prompt back.
///
/// ```
/// use llm_server::{Model, Turn};
///
/// // It looks the weather up, and then tells it.
/// let model = Model::new("agent").turn_by(|request| {
///     match request.messages.last() {
///         Some(last) if last.role == "tool" => Turn::says("It is sunny."),
///         _ => Turn::calls("weather", r#"{"city": "Paris"}"#),
///     }
/// });
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Turn {
    /// `None`: the prompt is said back.
    pub(crate) text: Option<Arc<str>>,
    pub(crate) refused: bool,
    pub(crate) calls: Vec<(String, String)>,
    pub(crate) finish_reason: Option<String>,
}

impl Turn {
    /// It says this.
    #[must_use]
    pub fn says(text: impl Into<String>) -> Self {
        Self {
            text: Some(Arc::from(text.into())),
            ..Self::default()
        }
    }

    /// It declines, in these words: they are the answer's `refusal`, and it has
    /// no content.
    #[must_use]
    pub fn refuses(words: impl Into<String>) -> Self {
        Self {
            refused: true,
            ..Self::says(words)
        }
    }

    /// It calls this tool with these arguments, which ought to be JSON.
    #[must_use]
    pub fn calls(
        tool: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        Self::default().and_calls(tool, arguments)
    }

    /// It calls this one too, at the same time. In a turn in which tools are
    /// called, nothing else is said.
    #[must_use]
    pub fn and_calls(
        mut self,
        tool: impl Into<String>,
        arguments: impl Into<String>,
    ) -> Self {
        self.calls.push((tool.into(), arguments.into()));
        self
    }

    /// It ends for this reason, whatever would be true: `content_filter`. An
    /// answer that `max_tokens` cuts off still ends with `length`.
    #[must_use]
    pub fn finish_reason(mut self, reason: impl Into<String>) -> Self {
        self.finish_reason = Some(reason.into());
        self
    }
}
