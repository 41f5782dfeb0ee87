//! An answer on its way: in one piece, or token by token.

use crate::admission::Admitted;
use crate::model::{Model, Text};
use crate::pace::{Pace, Step};
use crate::protocol::{ChatRequest, Completion, Usage};
use crate::sse::Writer;
use crate::tokens::{first_token, tokens};
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use http::header;
use std::io;
use tokio::task::yield_now;

/// What is said, and what is left of it.
#[derive(Debug)]
pub(crate) struct Answer {
    admitted: Admitted,
    pace: Pace,
    text: String,
    /// Up to where it was said, in bytes.
    said: usize,
    reason: &'static str,
    usage: Usage,
}

impl Answer {
    /// What the model says to this, as much of it as was asked for.
    pub(crate) fn new(
        model: &Model,
        request: &ChatRequest,
        admitted: Admitted,
    ) -> Self {
        let mut text = match &model.text {
            Text::Fixed(text) => text.clone(),
            Text::Echo => request.prompt().to_owned(),
            Text::By(says) => says(request),
        };
        let (count, end) = first_tokens(&text, request.max_tokens);
        let reason = if end < text.len() { "length" } else { "stop" };
        text.truncate(end);
        Self {
            pace: Pace::new(model, &admitted),
            usage: Usage::new(admitted.prompt_tokens, Some(count)),
            admitted,
            text,
            said: 0,
            reason,
        }
    }

    fn id(&self) -> String {
        format!("chatcmpl-{}", self.admitted.number)
    }

    /// The next token when its time has come; `None` at the end.
    async fn next(&mut self) -> Option<(Step, &str)> {
        // An answer without a token takes as long as its first would.
        if self.said == self.text.len() && self.pace.has_begun() {
            // Behind the last token, too, the script may break off.
            let breaks_off = self.pace.breaks_off().await;
            return breaks_off.then_some((Step::HangUp, ""));
        }
        let step = self.pace.next().await;
        let token = first_token(&self.text[self.said..]);
        self.said += token.len();
        if matches!(step, Step::Token) && !token.is_empty() {
            self.admitted.call.sent_token();
        }
        Some((step, token))
    }

    /// The answer in one piece, when its last token is there.
    pub(crate) async fn whole(mut self, model: &Model) -> Response {
        while let Some((step, _)) = self.next().await {
            if let Step::HangUp = step {
                self.admitted.call.hang_up();
                return hung_up();
            }
        }
        let id = self.id();
        let answer = Completion::new(
            &id,
            &model.name,
            &self.text,
            self.reason,
            self.usage,
        );
        let response = Json(answer).into_response();
        self.admitted.call.complete();
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

/// How many of its first tokens a text keeps that may have so many, and where
/// they end, in bytes.
fn first_tokens(text: &str, most: Option<u64>) -> (u64, usize) {
    let most = most.and_then(|most| usize::try_from(most).ok());
    let kept = tokens(text).take(most.unwrap_or(usize::MAX));
    kept.fold((0, 0), |(count, end), token| (count + 1, end + token.len()))
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
                answer.admitted.call.complete();
                Ok(self.writer.end(answer.reason, answer.usage))
            }
            Some((Step::Token, token)) => Ok(self.writer.token(token)),
            Some((Step::HangUp, _)) => {
                // An error ends the connection, with what is not yet written:
                // what was said before is to go out.
                yield_now().await;
                self.answer.take()?.admitted.call.hang_up();
                Err(broken())
            }
        };
        Some(events)
    }
}
