//! A request for embeddings.

use super::error::ApiError;
use super::fields::{
    Fields, empty, missing, model, parse, too_many, wrong_type,
};
use crate::embedding::DIMENSIONS;
use serde::Deserialize;
use serde_json::Value;

/// The most texts of one request: OpenAI's API reference, "Create embeddings".
const INPUTS: usize = 2048;

/// A request for embeddings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EmbeddingsRequest {
    /// Which model is asked.
    pub(crate) model: String,
    /// The texts, from one to 2048, none empty.
    pub(crate) input: Vec<String>,
    /// Whether the vectors are to come in base64.
    pub(crate) base64: bool,
    /// How many each of them is to have, from 1 to [`DIMENSIONS`].
    pub(crate) dimensions: Option<u64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
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
        let map = parse(body)?;
        let fields = Fields::of(&map);
        let all = ["model", "input", "encoding_format", "dimensions", "user"];
        fields.known(&all)?;
        fields.string("user")?;
        let most = u64::try_from(DIMENSIONS).unwrap_or(u64::MAX);
        let format = fields.one_of("encoding_format", &["float", "base64"])?;
        Ok(Self {
            input: input(&fields)?,
            base64: format == Some("base64"),
            model: model(&fields)?,
            dimensions: fields.whole("dimensions", 1, most)?,
        })
    }
}

fn input(fields: &Fields<'_>) -> Result<Vec<String>, ApiError> {
    let texts = match fields.get("input") {
        None => return Err(missing("input")),
        Some(Value::String(text)) => vec![text.clone()],
        Some(value @ Value::Array(all)) => listed(value, all)?,
        Some(other) => {
            let expected = "one of a string or array of strings";
            return Err(wrong_type("input", expected, other));
        }
    };
    if texts.iter().any(String::is_empty) {
        return Err(ApiError::bad(
            "input",
            "invalid_value",
            "Invalid 'input': it can't be an empty string.",
        ));
    }
    Ok(texts)
}

/// The texts of an array; an array of numbers is one text, in tokens. The length
/// is looked at first: what is too long is not read.
fn listed(value: &Value, all: &[Value]) -> Result<Vec<String>, ApiError> {
    let Some(first) = all.first() else {
        return Err(empty("input"));
    };
    if all.len() > INPUTS && !first.is_number() {
        return Err(too_many("input", INPUTS, all.len()));
    }
    let joined = |tokens: &Vec<u32>| {
        let words: Vec<_> = tokens.iter().map(u32::to_string).collect();
        words.join(" ")
    };
    match Input::deserialize(value) {
        Ok(Input::Texts(texts)) => Ok(texts),
        Ok(Input::Tokens(tokens)) => Ok(vec![joined(&tokens)]),
        Ok(Input::TokenLists(lists)) => Ok(lists.iter().map(joined).collect()),
        Err(_) => Err(ApiError::bad(
            "input",
            "invalid_type",
            "Invalid type for 'input': expected one of a string, array of \
             strings, array of integers, or array of integer arrays.",
        )),
    }
}
