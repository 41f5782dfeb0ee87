//! A request for embeddings.

use super::error::ApiError;
use super::fields::{
    Fields, known, missing, model, object, present, whole, wrong_type,
};
use crate::embedding::DIMENSIONS;
use serde::Deserialize;

/// A request for embeddings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EmbeddingsRequest {
    /// Which model is asked.
    pub(crate) model: String,
    /// The texts, at least one, none empty.
    pub(crate) input: Vec<String>,
    /// Whether the vectors are to come in base64.
    pub(crate) base64: bool,
    /// How many each of them is to have, from 1 to [`DIMENSIONS`].
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
    /// Reads a body.
    ///
    /// # Errors
    /// If it is not such a request: as the API says it.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let fields = object(body)?;
        let all = ["model", "input", "encoding_format", "dimensions", "user"];
        known(&fields, &all)?;
        let most = u64::try_from(DIMENSIONS).unwrap_or(u64::MAX);
        Ok(Self {
            input: input(&fields)?,
            base64: is_base64(&fields)?,
            model: model(&fields)?,
            dimensions: whole(&fields, "dimensions", 1, most)?,
        })
    }
}

fn input(fields: &Fields) -> Result<Vec<String>, ApiError> {
    let input = present(fields, "input").ok_or(missing("input"))?;
    let texts = match Input::deserialize(input) {
        Ok(input) => input.texts(),
        Err(_) => {
            return Err(wrong_type("input", "a string or an array of them"));
        }
    };
    if texts.is_empty() || texts.iter().any(String::is_empty) {
        return Err(ApiError::bad(
            "input",
            "invalid_value",
            "Invalid 'input': it can't be empty.",
        ));
    }
    Ok(texts)
}

impl Input {
    fn texts(self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text],
            Self::Texts(texts) => texts,
            Self::Tokens(tokens) => vec![listed(&tokens)],
            Self::TokenLists(lists) => {
                lists.iter().map(|list| listed(list)).collect()
            }
        }
    }
}

/// Tokens as a text that is the same for the same tokens.
fn listed(tokens: &[u32]) -> String {
    let words: Vec<_> = tokens.iter().map(u32::to_string).collect();
    words.join(" ")
}

/// Whether the vectors are asked for in base64, and not as numbers.
fn is_base64(fields: &Fields) -> Result<bool, ApiError> {
    match present(fields, "encoding_format") {
        None => Ok(false),
        Some(format) if format == "float" => Ok(false),
        Some(format) if format == "base64" => Ok(true),
        Some(_) => Err(ApiError::bad(
            "encoding_format",
            "invalid_value",
            "Invalid 'encoding_format': expected float or base64.",
        )),
    }
}
