//! Lists of models and of embeddings.

use super::usage::{CREATED, Usage};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;
use serde_json::{Value, json};

/// A list of models.
pub(crate) fn list(models: &[ModelObject<'_>]) -> Value {
    json!({ "object": "list", "data": models })
}

/// What stands around the embeddings of a list, which are written one by one.
#[derive(Debug)]
pub(crate) struct ListHead {
    pub(crate) begin: String,
    pub(crate) end: String,
}

impl ListHead {
    /// That of embeddings which this model made, at this cost.
    pub(crate) fn new(model: &str, usage: Usage) -> Self {
        let end = json!({ "model": model, "usage": usage }).to_string();
        Self {
            begin: "{\"object\":\"list\",\"data\":[".to_owned(),
            end: format!("],{}", end.trim_start_matches('{')),
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
