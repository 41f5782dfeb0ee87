//! Answers: a completion, the chunks of a stream, lists of models and of
//! embeddings.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Serialize;

/// When everything was created, in seconds since 1970: always the same, so that
/// equal requests get equal answers.
const CREATED: u64 = 1_700_000_000;

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
