//! How many tokens a call used, as each endpoint tells it; and when it was
//! answered.

use serde::Serialize;
use serde_json::{Value, json};

/// When everything was created, in seconds since 1970: always the same, so that
/// equal requests get equal answers, except for their ids.
pub(super) const CREATED: u64 = 1_700_000_000;

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

    /// The same in the words of a response.
    pub(crate) fn of_response(self) -> Value {
        json!({
            "input_tokens": self.prompt_tokens,
            "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": self.completion_tokens.unwrap_or(0),
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": self.total_tokens,
        })
    }
}
