//! Whether a request is admitted: it is counted and logged, and a call begins
//! or a refusal is sent.

use crate::call::Call;
use crate::load::Count;
use crate::model::Model;
use crate::protocol::{ApiError, ChatRequest, Message};
use crate::seen::Entry;
use crate::state::Shared;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A request that was admitted.
#[derive(Debug)]
pub(crate) struct Admitted {
    /// Counted as in flight until it is dropped.
    pub(crate) call: Call,
    /// When it came.
    pub(crate) at: Instant,
    /// The number of the request to its model, from 1.
    pub(crate) number: u64,
    /// How long until its first token.
    pub(crate) first_token: Duration,
    /// How many tokens its messages have.
    pub(crate) prompt_tokens: u64,
}

/// A request that was not, with the headers of the limits.
#[derive(Debug)]
pub(crate) struct Refusal(HeaderMap, ApiError);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

/// Counts a request to the model at this place of the script and admits it, with
/// the headers of the limits, or says why not.
pub(crate) fn admit(
    shared: &Arc<Shared>,
    place: usize,
    request: &ChatRequest,
) -> Result<(Admitted, HeaderMap), Box<Refusal>> {
    let model = &shared.script.models[place];
    let prompt = hash(&request.messages);
    let prompt_tokens = prompt_tokens(model, request);
    let most = prompt_tokens.saturating_add(answer_tokens(request));

    let mut state = shared.lock();
    // Within the lock, so that the log is in order of time.
    let at = Instant::now();
    let load = &mut state.loads[place];
    let count = load.count(prompt);
    let judged = load.judge(model, count, most, at);
    let headers = load.headers();
    let since_start = at.duration_since(shared.start);
    state.seen.note(entry(since_start, model, count, &judged));
    if let Err(error) = judged {
        return Err(Box::new(Refusal(headers, error)));
    }
    let call = Call::begin(shared, &mut state, place, prompt_tokens);
    drop(state);
    let admitted = Admitted {
        call,
        at,
        number: count.request,
        first_token: first_token(model, count, request),
        prompt_tokens,
    };
    Ok((admitted, headers))
}

/// By what a prompt is known again when it is sent once more.
fn hash(messages: &[Message]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for message in messages {
        message.role.hash(&mut hasher);
        message.content.hash(&mut hasher);
        message
            .tool_calls
            .iter()
            .for_each(|id| id.hash(&mut hasher));
        message
            .tool_call_id
            .iter()
            .for_each(|id| id.hash(&mut hasher));
    }
    hasher.finish()
}

fn prompt_tokens(model: &Model, request: &ChatRequest) -> u64 {
    let texts = request.messages.iter().map(|message| &message.content);
    let tokens: usize = texts.map(|text| (model.tokenizer)(text)).sum();
    u64::try_from(tokens).unwrap_or(u64::MAX)
}

/// The most that all answers to it may have.
fn answer_tokens(request: &ChatRequest) -> u64 {
    let n = u64::try_from(request.n).unwrap_or(1);
    request.max_tokens.unwrap_or(0).saturating_mul(n)
}

/// What the log says of a request that came so long after the server's start.
fn entry(
    at: Duration,
    model: &Model,
    count: Count,
    judged: &Result<(), ApiError>,
) -> Entry {
    Entry {
        at,
        model: model.name.clone(),
        attempt: count.attempt,
        status: match judged {
            Ok(()) => 200,
            Err(error) => error.status.as_u16(),
        },
    }
}

fn first_token(model: &Model, count: Count, request: &ChatRequest) -> Duration {
    let slow = model.slow.iter().find(|(which, _)| count.is(*which));
    match (slow, &model.first_token_by) {
        (Some((_, slow)), _) => *slow,
        (None, Some(by)) => (by.0)(request),
        (None, None) => model.first_token,
    }
}
