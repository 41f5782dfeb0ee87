//! From the bytes of a response to the pieces of an answer.

use crate::error::Error;
use eventsource_stream::{Event, EventStreamError, Eventsource};
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;

/// What an answer has cost, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Usage {
    /// Tokens that were read.
    pub prompt_tokens: u64,
    /// Tokens that were written.
    pub completion_tokens: u64,
}

/// One piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Some more text.
    Text(String),
    /// What it all cost, told in the end.
    Usage(Usage),
}

/// An answer under way: pieces, and at most one error, which is its last item.
pub type Answer = BoxStream<'static, Result<Piece, Error>>;

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Choice {
    delta: Delta,
}

#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
}

#[derive(Deserialize)]
struct Failure {
    message: String,
}

/// How long to wait, on tokio's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// For the head of the response, and then for its first event.
    pub first: Duration,
    /// For each event after that.
    pub idle: Duration,
}

/// A minute for a model that thinks or is being loaded, then 15 seconds.
impl Default for Limits {
    fn default() -> Self {
        Self {
            first: Duration::from_mins(1),
            idle: Duration::from_secs(15),
        }
    }
}

/// Reads the body of a streamed response. The answer is whole only if it ends
/// with `[DONE]`; an event that takes longer than its limit is a time-out.
pub fn pieces<B, E>(
    body: impl Stream<Item = Result<B, E>> + Send + 'static,
    limits: Limits,
) -> Answer
where
    B: AsRef<[u8]> + Send + 'static,
    E: Into<Error> + Send + 'static,
{
    // The state is the stream of events, while there may be more, and how long
    // to wait for the next.
    let start = Some((body.eventsource().boxed(), limits.first));
    stream::unfold(start, move |state| async move {
        let (mut events, limit) = state?;
        let piece = next_piece(&mut events, limit, limits.idle).await?;
        // An error is the last item.
        let rest = piece.is_ok().then_some((events, limits.idle));
        Some((piece, rest))
    })
    .boxed()
}

/// The next piece of an answer, whose next event comes within `limit`, and each
/// after that within `idle`; `None` where `[DONE]` ends it.
async fn next_piece<S, E>(
    events: &mut S,
    mut limit: Duration,
    idle: Duration,
) -> Option<Result<Piece, Error>>
where
    S: Stream<Item = Result<Event, EventStreamError<E>>> + Unpin,
    E: Into<Error>,
{
    loop {
        // Comments are no events: a server that only says "I am still here" is
        // idle all the same.
        let data = match timeout(limit, events.next()).await {
            Err(_) => return Some(Err(Error::Timeout)),
            Ok(None) => return Some(Err(Error::HungUp)),
            Ok(Some(Err(error))) => return Some(Err(broken(error))),
            Ok(Some(Ok(event))) => event.data,
        };
        if data == "[DONE]" {
            return None;
        }
        // The first chunk may only name the role.
        if let Some(piece) = piece(&data).transpose() {
            return Some(piece);
        }
        limit = idle;
    }
}

fn piece(data: &str) -> Result<Option<Piece>, Error> {
    let chunk: Chunk = serde_json::from_str(data)
        .map_err(|error| Error::Protocol(error.to_string()))?;
    if let Some(failure) = chunk.error {
        return Err(Error::Failed(failure.message));
    }
    // The chunk that tells the usage has no choices.
    let text = chunk.choices.into_iter().next();
    let text = text.and_then(|choice| choice.delta.content);
    Ok(match (text, chunk.usage) {
        (Some(text), _) if !text.is_empty() => Some(Piece::Text(text)),
        (_, usage) => usage.map(Piece::Usage),
    })
}

fn broken<E: Into<Error>>(error: EventStreamError<E>) -> Error {
    match error {
        EventStreamError::Utf8(error) => Error::Protocol(error.to_string()),
        EventStreamError::Parser(error) => Error::Protocol(error.to_string()),
        EventStreamError::Transport(error) => match error.into() {
            Error::Timeout => Error::Timeout,
            _ => Error::HungUp,
        },
    }
}
