//! An answer on its way: in one piece, or token by token.

use crate::load::Turn;
use crate::script::{Model, Text};
use crate::sse::Writer;
use crate::wire::{self, ChatRequest, Usage};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use http::header;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::future::pending;
use std::io;
use std::time::Duration;
use tokio::task::yield_now;
use tokio::time::{Instant, sleep_until};

/// When the tokens of one answer come.
///
/// Each has its time, counted from the request: a client that reads late finds
/// those that are there by then, and is not served any slower.
#[derive(Debug)]
pub(crate) struct Pace {
    due: Instant,
    first: Duration,
    between: Duration,
    jitter: Option<Jitter>,
    sent: usize,
    stalls_after: Option<usize>,
    hangs_up_after: Option<usize>,
}

/// Up to so many milliseconds.
#[derive(Debug)]
struct Jitter(u64, Box<ChaCha8Rng>);

/// What comes next.
pub(crate) enum Step {
    Token,
    HangUp,
}

impl Pace {
    pub(crate) fn new(model: &Model, turn: &Turn) -> Self {
        // By the request's number, so that what else goes on changes nothing.
        let seed = turn.call.seed()
            ^ wire::hash(model.name.as_bytes())
            ^ turn.number.rotate_left(32);
        let most = u64::try_from(model.jitter.as_millis()).unwrap_or(u64::MAX);
        let jitter = (most > 0)
            .then(|| Jitter(most, Box::new(ChaCha8Rng::seed_from_u64(seed))));
        Self {
            due: turn.at,
            first: turn.first_token,
            between: model.between_tokens,
            jitter,
            sent: 0,
            stalls_after: model.stalls_after,
            hangs_up_after: model.hangs_up_after,
        }
    }

    /// Waits until the next token is there; in vain where the script says so.
    pub(crate) async fn next(&mut self) -> Step {
        if self.breaks_off().await {
            return Step::HangUp;
        }
        let wait = self.wait();
        let Some(due) = self.due.checked_add(wait) else {
            return pending().await;
        };
        self.due = due;
        if self.due > Instant::now() {
            sleep_until(self.due).await;
        }
        self.sent += 1;
        Step::Token
    }

    /// Whether the script hangs up here; where it stalls, this never ends.
    async fn breaks_off(&self) -> bool {
        if self.stalls_after == Some(self.sent) {
            pending::<()>().await;
        }
        self.hangs_up_after == Some(self.sent)
    }

    fn wait(&mut self) -> Duration {
        let latency = if self.sent == 0 {
            self.first
        } else {
            self.between
        };
        let Some(Jitter(most, chance)) = &mut self.jitter else {
            return latency;
        };
        // Among few milliseconds, the remainder favours none by much.
        let more = chance.next_u64() % most.saturating_add(1);
        latency.saturating_add(Duration::from_millis(more))
    }
}

/// What is said, and what is left of it.
#[derive(Debug)]
pub(crate) struct Answer {
    turn: Turn,
    pace: Pace,
    text: String,
    /// Up to where it was said, in bytes.
    said: usize,
    reason: &'static str,
    usage: Usage,
}

impl Answer {
    pub(crate) fn new(
        model: &Model,
        request: &ChatRequest,
        turn: Turn,
    ) -> Self {
        let mut text = match &model.text {
            Text::Fixed(text) => text.clone(),
            Text::Echo => request.prompt().to_owned(),
            Text::By(says) => says(request),
        };
        let most = request.max_tokens.and_then(|n| usize::try_from(n).ok());
        let most = most.unwrap_or(usize::MAX);
        let (mut tokens, mut end) = (0, 0);
        for token in wire::tokens(&text).take(most) {
            tokens += 1;
            end += token.len();
        }
        let reason = if end < text.len() { "length" } else { "stop" };
        text.truncate(end);
        Self {
            pace: Pace::new(model, &turn),
            usage: Usage::new(turn.prompt_tokens, Some(tokens)),
            turn,
            text,
            said: 0,
            reason,
        }
    }

    fn id(&self) -> String {
        format!("chatcmpl-{}", self.turn.number)
    }

    /// The next token when its time has come; `None` at the end.
    async fn next(&mut self) -> Option<(Step, &str)> {
        // An answer without a token takes as long as its first would.
        if self.said == self.text.len() && self.pace.sent > 0 {
            // Behind the last token, too, the script may break off.
            let breaks_off = self.pace.breaks_off().await;
            return breaks_off.then_some((Step::HangUp, ""));
        }
        let step = self.pace.next().await;
        let token = wire::first_token(&self.text[self.said..]);
        self.said += token.len();
        if matches!(step, Step::Token) && !token.is_empty() {
            self.turn.call.sent_token();
        }
        Some((step, token))
    }

    /// The answer in one piece, when its last token is there.
    pub(crate) async fn whole(mut self, model: &Model) -> Response {
        while let Some((step, _)) = self.next().await {
            if let Step::HangUp = step {
                self.turn.call.hang_up();
                return hung_up();
            }
        }
        let id = self.id();
        let answer = wire::Completion::new(
            &id,
            &model.name,
            &self.text,
            self.reason,
            self.usage,
        );
        let response = Json(answer).into_response();
        self.turn.call.complete();
        response
    }

    /// The answer token by token.
    pub(crate) fn streamed(
        self,
        model: &Model,
        request: &ChatRequest,
    ) -> Response {
        let writer = Writer::new(
            self.id(),
            model.name.clone(),
            request.include_usage,
            model.malformed.clone(),
        );
        let body = Streaming {
            answer: Some(self),
            writer,
            rest: Bytes::new(),
        };
        // Each chunk is made when the last one is gone: nothing piles up.
        let chunks = stream::unfold(body, |mut body| async move {
            let chunk = body.chunk().await?;
            Some((chunk, body))
        });
        let headers = [
            (header::CONTENT_TYPE, "text/event-stream"),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        (headers, Body::from_stream(chunks)).into_response()
    }
}

/// A response that breaks off at once.
pub(crate) fn hung_up() -> Response {
    let broken = stream::iter([Err::<Bytes, _>(broken())]);
    Body::from_stream(broken).into_response()
}

fn broken() -> io::Error {
    io::Error::other("the script says: hang up")
}

/// The body of a streamed answer. Dropped before its end, it drops its call.
struct Streaming {
    /// `None` when all was said.
    answer: Option<Answer>,
    writer: Writer,
    /// What is sent byte by byte.
    rest: Bytes,
}

impl Streaming {
    async fn chunk(&mut self) -> Option<io::Result<Bytes>> {
        if self.rest.is_empty() {
            match self.events().await? {
                Ok(events) if self.writer.splits() => self.rest = events,
                whole => return Some(whole),
            }
        }
        Some(Ok(self.rest.split_to(1)))
    }

    /// The events of the next token, or of the end.
    async fn events(&mut self) -> Option<io::Result<Bytes>> {
        let events = match self.answer.as_mut()?.next().await {
            Some((Step::Token, "")) | None => {
                let answer = self.answer.take()?;
                answer.turn.call.complete();
                Ok(self.writer.end(answer.reason, answer.usage))
            }
            Some((Step::Token, token)) => Ok(self.writer.token(token)),
            Some((Step::HangUp, _)) => {
                // An error ends the connection, with what is not yet written:
                // what was said before is to go out.
                yield_now().await;
                self.answer.take()?.turn.call.hang_up();
                Err(broken())
            }
        };
        Some(events)
    }
}
