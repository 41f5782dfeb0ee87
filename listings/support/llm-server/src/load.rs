//! What a model has to do: which requests it lets in, and why not the others.

use crate::count::{Call, Entry, Shared};
use crate::error::ApiError;
use crate::limit::{Bucket, reset};
use crate::script::{Failure, Model, Which};
use crate::wire::ChatRequest;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How many prompts a model remembers, to know an attempt from the next. More
/// than that, and it forgets them all.
const PROMPTS: usize = 100_000;

/// The headers of a limit: limit, remaining, reset.
type Headers = [HeaderName; 3];

const OF_REQUESTS: Headers = [
    HeaderName::from_static("x-ratelimit-limit-requests"),
    HeaderName::from_static("x-ratelimit-remaining-requests"),
    HeaderName::from_static("x-ratelimit-reset-requests"),
];

const OF_TOKENS: Headers = [
    HeaderName::from_static("x-ratelimit-limit-tokens"),
    HeaderName::from_static("x-ratelimit-remaining-tokens"),
    HeaderName::from_static("x-ratelimit-reset-tokens"),
];

/// One model at work.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) in_flight: u32,
    requests: u64,
    attempts: HashMap<u64, u64>,
    by_request: Option<Bucket>,
    by_token: Option<Bucket>,
}

impl Load {
    pub(crate) fn new(model: &Model, now: Instant) -> Self {
        let bucket = |limit: Option<u64>| {
            limit.map(|amount| Bucket::per_minute(amount, now))
        };
        Self {
            in_flight: 0,
            requests: 0,
            attempts: HashMap::new(),
            by_request: bucket(model.requests_per_minute),
            by_token: bucket(model.tokens_per_minute),
        }
    }

    /// Counts a request, whose prompt has this hash.
    fn count(&mut self, prompt: u64) -> Count {
        self.requests += 1;
        if self.attempts.len() >= PROMPTS {
            self.attempts.clear();
        }
        let attempt = self.attempts.entry(prompt).or_default();
        *attempt += 1;
        Count {
            attempt: *attempt,
            request: self.requests,
        }
    }

    /// Takes a request out of the buckets, or says why it has to wait.
    fn take(&mut self, tokens: u64, now: Instant) -> Result<(), ApiError> {
        let ready = |bucket: &mut Option<Bucket>, amount| {
            bucket.as_mut().is_none_or(|b| b.holds(amount, now))
        };
        let for_request = ready(&mut self.by_request, 1);
        let for_tokens = ready(&mut self.by_token, tokens);
        // A request counts, also one that is refused; its tokens don't.
        if let Some(bucket) = &mut self.by_request {
            bucket.take(1);
            if !for_request {
                let limit = bucket.told().limit;
                return Err(ApiError::rate_limited(
                    "requests",
                    format!(
                        "Rate limit reached for requests per minute: limit \
                         {limit}."
                    ),
                    bucket.wait_for(1),
                ));
            }
        }
        if let Some(bucket) = &mut self.by_token {
            if !for_tokens {
                let limit = bucket.told().limit;
                return Err(too_many_tokens(
                    limit,
                    tokens,
                    bucket.wait_for(tokens),
                ));
            }
            bucket.take(tokens);
        }
        Ok(())
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (names, bucket) in
            [(OF_REQUESTS, &self.by_request), (OF_TOKENS, &self.by_token)]
        {
            let Some(bucket) = bucket else { continue };
            let told = bucket.told();
            let [limit, remaining, until] = names;
            headers.insert(limit, HeaderValue::from(told.limit));
            headers.insert(remaining, HeaderValue::from(told.remaining));
            if let Ok(value) = HeaderValue::try_from(reset(told.reset)) {
                headers.insert(until, value);
            }
        }
        headers
    }
}

fn too_many_tokens(
    limit: u64,
    tokens: u64,
    wait: Option<Duration>,
) -> ApiError {
    let message = match wait {
        Some(_) => format!(
            "Rate limit reached for tokens per minute: limit {limit}, \
             requested {tokens}."
        ),
        None => format!(
            "Request too large for tokens per minute: limit {limit}, \
             requested {tokens}. Shorten the prompt or lower max_tokens."
        ),
    };
    ApiError::rate_limited("tokens", message, wait)
}

/// The how-manieth a request is, from 1.
#[derive(Debug, Clone, Copy)]
struct Count {
    attempt: u64,
    request: u64,
}

impl Count {
    fn is(self, which: Which) -> bool {
        match which {
            Which::Attempt(n) => n == self.attempt,
            Which::Request(n) => n == self.request,
        }
    }
}

/// A request that was let in.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) call: Call,
    /// When it came.
    pub(crate) at: Instant,
    /// The number of the request to its model, from 1.
    pub(crate) number: u64,
    /// How long until its first token.
    pub(crate) first_token: Duration,
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

/// Counts a request to the model at this place of the script and lets it in, or
/// says why not.
pub(crate) fn let_in(
    shared: &Arc<Shared>,
    place: usize,
    request: &ChatRequest,
) -> Result<(Turn, HeaderMap), Box<Refusal>> {
    let model = &shared.script.models[place];
    let texts = request.messages.iter().map(|message| &message.content);
    let prompt_tokens: usize = texts.map(|text| (model.tokenizer)(text)).sum();
    let prompt_tokens = u64::try_from(prompt_tokens).unwrap_or(u64::MAX);
    let reserved =
        prompt_tokens.saturating_add(request.max_tokens.unwrap_or(0));
    let mut prompt = DefaultHasher::new();
    request.messages.hash(&mut prompt);

    let mut state = shared.lock();
    // Within the lock, so that the log is in order of time.
    let at = Instant::now();
    let load = &mut state.models[place];
    let count = load.count(prompt.finish());
    let result = load.judge(model, count, reserved, at);
    let headers = load.headers();
    state.note(Entry {
        at: at.duration_since(shared.start),
        model: model.name.clone(),
        attempt: count.attempt,
        status: match &result {
            Ok(()) => 200,
            Err(error) => error.status.as_u16(),
        },
    });
    if let Err(error) = result {
        return Err(Box::new(Refusal(headers, error)));
    }
    let call = Call::begin(shared, &mut state, place, prompt_tokens);
    drop(state);
    let turn = Turn {
        call,
        at,
        number: count.request,
        first_token: first_token(model, count, request),
        prompt_tokens,
    };
    Ok((turn, headers))
}

fn first_token(model: &Model, count: Count, request: &ChatRequest) -> Duration {
    let slow = model.slow.iter().find(|(which, _)| count.is(*which));
    match (slow, &model.first_token_by) {
        (Some((_, slow)), _) => *slow,
        (None, Some(by)) => (by.0)(request),
        (None, None) => model.first_token,
    }
}

impl Load {
    /// Whether a request is let in. What costs the provider nothing is refused
    /// first: too many at once, then a limit, then what the script says.
    fn judge(
        &mut self,
        model: &Model,
        count: Count,
        tokens: u64,
        now: Instant,
    ) -> Result<(), ApiError> {
        if model.concurrency.is_some_and(|most| self.in_flight >= most) {
            return Err(ApiError::rate_limited(
                "requests",
                "Rate limit reached for requests: too many at once.",
                None,
            ));
        }
        self.take(tokens, now)?;
        let mut failures = model.failures.iter();
        match failures.find(|(which, _)| count.is(*which)) {
            Some((_, failure)) => Err(failed(*failure, model, tokens)),
            None if tokens > model.context_tokens => {
                Err(failed(Failure::ContextTooLong, model, tokens))
            }
            None => Ok(()),
        }
    }
}

/// The error that a scripted failure is.
fn failed(failure: Failure, model: &Model, tokens: u64) -> ApiError {
    match failure {
        Failure::RateLimited(wait) => ApiError::rate_limited(
            "requests",
            "Rate limit reached for requests.",
            wait,
        ),
        Failure::InsufficientQuota => ApiError {
            code: Some("insufficient_quota"),
            ..ApiError::rate_limited(
                "insufficient_quota",
                "You exceeded your current quota, please check your plan and \
                 billing details.",
                None,
            )
        },
        Failure::ServerError => ApiError::server(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server had an error while processing your request.",
            None,
        ),
        Failure::Overloaded(wait) => ApiError::server(
            StatusCode::SERVICE_UNAVAILABLE,
            "The engine is currently overloaded, please try again later.",
            wait,
        ),
        Failure::Unauthorized => ApiError::wrong_key(),
        Failure::ContextTooLong => ApiError::bad(
            "messages",
            "context_length_exceeded",
            format!(
                "This model's maximum context length is {} tokens. However, \
                 you requested {tokens} tokens. Please reduce the length of \
                 the messages or completion.",
                model.context_tokens
            ),
        ),
    }
}
