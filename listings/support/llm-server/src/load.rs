//! How busy a model is, and so which request it takes, and why not another.

use crate::limit::{Bucket, reset};
use crate::model::{Model, Which};
use crate::protocol::ApiError;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::collections::HashMap;
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

/// What one model has to do, and how much of its limits is left.
#[derive(Debug)]
pub(crate) struct Load {
    in_flight: u32,
    requests: u64,
    attempts: HashMap<u64, u64>,
    by_request: Option<Bucket>,
    by_token: Option<Bucket>,
}

impl Load {
    /// A model that has nothing to do, and full buckets.
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

    /// Counts a call that is being answered from now on.
    pub(crate) fn begin(&mut self) {
        self.in_flight += 1;
    }

    /// Counts the end of a call that was begun.
    pub(crate) fn end(&mut self) {
        self.in_flight -= 1;
    }

    /// Counts a request, whose prompt has this hash.
    pub(crate) fn count(&mut self, prompt: u64) -> Count {
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

    /// Whether a request of so many tokens is admitted. What costs the provider
    /// nothing is refused first: too many at once, then a limit, then what the
    /// script says.
    pub(crate) fn judge(
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
            Some((_, refusal)) => {
                Err(refusal.error(model.context_tokens, tokens))
            }
            None if tokens > model.context_tokens => {
                Err(ApiError::context_too_long(model.context_tokens, tokens))
            }
            None => Ok(()),
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

    /// The headers that tell what is left of the limits.
    pub(crate) fn headers(&self) -> HeaderMap {
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

/// The number of a request, from 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count {
    /// Among those with the same messages.
    pub(crate) attempt: u64,
    /// Among all to the model.
    pub(crate) request: u64,
}

impl Count {
    /// Whether it is the one that the script means.
    pub(crate) fn is(self, which: Which) -> bool {
        match which {
            Which::Attempt(n) => n == self.attempt,
            Which::Request(n) => n == self.request,
        }
    }
}
