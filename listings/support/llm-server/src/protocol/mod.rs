//! OpenAI's protocol: requests as they are read, answers and errors as they are
//! written.
//!
//! | modules | what they hold |
//! | --- | --- |
//! | `chat`, `responses`, `embeddings` | a request to each endpoint |
//! | `message`, `tool`, `format` | what requests are made of |
//! | `fields` | the fields of JSON, and what can be wrong with them |
//! | `completion`, `chunk`, `response`, `list` | what is written |
//! | `logprobs`, `name`, `usage` | what answers are made of |
//! | `error`, `retry_after` | what is written in place of an answer |
//!
//! Source: OpenAI's API reference, "Chat", "Responses", "Embeddings", "Models",
//! "Errors".

mod chat;
mod chunk;
mod completion;
mod embeddings;
mod error;
mod fields;
mod format;
mod list;
mod logprobs;
mod message;
mod name;
mod response;
mod responses;
mod retry_after;
mod tool;
mod usage;

pub use chat::ChatRequest;
pub(crate) use chunk::{Chunk, ChunkChoice, ChunkHead, Cost, Delta, ToolDelta};
pub(crate) use completion::{CHOICES, Choice, Completion, Said, ToolCall};
pub(crate) use embeddings::EmbeddingsRequest;
pub use error::{ApiError, ErrorBody};
pub(crate) use fields::named_model;
pub use format::ResponseFormat;
pub(crate) use list::{Embedding, ListHead, ModelObject, list};
pub(crate) use logprobs::{LogProb, LogProbs};
pub use message::Message;
pub(crate) use name::Name;
pub(crate) use response::{
    ResponseHead, Status, function_call, message, output_text, refusal,
};
pub(crate) use responses::ResponsesRequest;
pub use retry_after::RetryAfter;
pub use tool::{Tool, ToolChoice};
pub(crate) use usage::Usage;
