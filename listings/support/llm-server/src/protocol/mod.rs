//! OpenAI's protocol: requests as they are read, answers and errors as they are
//! written.
//!
//! `chat` and `embeddings` read their request field by field, with `fields`;
//! `error` words what is wrong with it; `response` is what is written.
//!
//! Source: OpenAI's API reference, "Chat", "Embeddings", "Models", "Errors".

mod chat;
mod embeddings;
mod error;
mod fields;
mod response;

pub use chat::{ChatRequest, Message};
pub(crate) use embeddings::EmbeddingsRequest;
pub use error::ApiError;
pub(crate) use fields::named_model;
pub(crate) use response::{
    Chunk, Completion, Cost, Delta, Embedding, List, ModelObject, Usage,
};
