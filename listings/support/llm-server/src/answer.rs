//! An answer on its way: in one piece, or token by token.

use crate::admission::Admitted;
use crate::call::Call;
use crate::events::Events;
use crate::model::Model;
use crate::pace::{Break, Pace};
use crate::protocol::{ApiError, ChatRequest, Usage};
use crate::reply::Reply;
use crate::said::Said;
use crate::shutdown::Shutdown;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use http::header;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::task::Poll;
use tokio::task::yield_now;

/// What is said, and what is left of it.
#[derive(Debug)]
pub(crate) struct Answer {
    call: Call,
    pace: Pace,
    reply: Reply,
    /// The part that is being said, and up to where it was, in bytes.
    at: (usize, usize),
    endless: bool,
    /// How many tokens were said.
    said: u64,
    prompt_tokens: u64,
    /// How many answers are given at once.
    n: u64,
}

/// An answer that was said to its end.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) reply: Reply,
    pub(crate) usage: Usage,
}

impl Answer {
    /// What the model says to this.
    pub(crate) fn new(
        model: &Model,
        request: &ChatRequest,
        admitted: Admitted,
    ) -> Self {
        Self {
            pace: Pace::new(model, &admitted),
            reply: Reply::new(model, request),
            at: (0, 0),
            endless: model.endless,
            said: 0,
            prompt_tokens: admitted.prompt_tokens,
            n: u64::try_from(request.n).unwrap_or(1),
            call: admitted.call,
        }
    }

    /// What it used, when all was said.
    fn usage(&self) -> Usage {
        let tokens = self.said.saturating_mul(self.n);
        Usage::new(self.prompt_tokens, Some(tokens))
    }

    /// The next token when its time has come; `None` at the end.
    async fn next(&mut self) -> Option<Result<Said, Break>> {
        if self.at.0 == self.reply.parts.len() {
            // Behind the last token, too, the script may break off.
            return self.pace.goes_on().await.err().map(Err);
        }
        Some(self.pace.next().await.map(|()| self.say()))
    }

    fn say(&mut self) -> Said {
        let (part, from) = self.at;
        let parts = &self.reply.parts;
        let to = from + parts[part].token(from).len();
        let last = to == parts[part].text().len();
        self.at = match (last, self.endless) {
            (false, _) => (part, to),
            (true, true) if part + 1 == parts.len() => (0, 0),
            (true, _) => (part + 1, 0),
        };
        if to > from {
            self.said += 1;
            self.call.sent_tokens(self.n);
        }
        Said {
            part,
            from,
            to,
            last: last && !self.endless,
        }
    }

    /// The answer when its last token is there, or what breaks it off.
    pub(crate) async fn whole(mut self) -> Result<Told, Response> {
        if self.endless {
            return Err(self.blanks());
        }
        while let Some(said) = self.next().await {
            if let Err(how) = said {
                self.call.break_off();
                return Err(broken_off(how));
            }
        }
        let usage = self.usage();
        self.call.complete();
        Ok(Told {
            usage,
            reply: self.reply,
        })
    }

    /// A byte of blank space for each token, for ever.
    fn blanks(self) -> Response {
        let blanks = stream::unfold(self, |mut answer| async move {
            let blank = match answer.next().await? {
                Ok(_) => Ok(Bytes::from_static(b" ")),
                Err(_) => Err(broken()),
            };
            Some((blank, answer))
        });
        let json = [(header::CONTENT_TYPE, "application/json")];
        (json, Body::from_stream(blanks)).into_response()
    }

    /// The answer token by token, until its end or that of the server.
    pub(crate) fn streamed(
        self,
        mut events: Events,
        shutdown: Shutdown,
    ) -> Response {
        let body = Streaming {
            rest: events.start(),
            answer: Some(self),
            told: false,
            events,
            shutdown,
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

/// What comes in place of an answer that the script breaks off.
pub(crate) fn broken_off(how: Break) -> Response {
    match how {
        Break::Error => ApiError::server_error().into_response(),
        Break::HangUp | Break::Stall => {
            let broken = stream::iter([Err::<Bytes, _>(broken())]);
            Body::from_stream(broken).into_response()
        }
    }
}

fn broken() -> io::Error {
    io::Error::other("the script says: hang up")
}

/// The body of a streamed answer. Dropped before its end, it drops its call.
struct Streaming {
    /// `None` when it is over.
    answer: Option<Answer>,
    /// Whether all was said, and the last bytes are on their way.
    told: bool,
    events: Events,
    shutdown: Shutdown,
    /// What was made and is not yet sent.
    rest: Bytes,
}

impl Streaming {
    async fn chunk(&mut self) -> Option<io::Result<Bytes>> {
        // Some tokens have no event: the next one that has is waited for.
        while self.rest.is_empty() {
            match self.next().await? {
                Ok(events) => self.rest = events,
                broken => return Some(broken),
            }
        }
        if self.events.splits() {
            return Some(Ok(self.rest.split_to(1)));
        }
        // Nothing is left, not even a hold on these bytes.
        Some(Ok(std::mem::take(&mut self.rest)))
    }

    /// The events of the next token, or of the end.
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.told {
            // The last bytes are gone, and so is the call.
            self.answer = None;
        }
        let answer = self.answer.as_mut()?;
        let said = {
            let mut next = pin!(answer.next());
            // Nothing here waits for the server's end, which would cost each
            // stream its place in a list. The task of the connection does: it
            // is woken, and polls this.
            poll_fn(|context| {
                if self.shutdown.has_begun() {
                    return Poll::Ready(None);
                }
                next.as_mut().poll(context).map(Some)
            })
            .await
        };
        let Some(said) = said else {
            let ending = ApiError::shutting_down();
            // Dropped, it is a call that was cut off.
            self.answer = None;
            return Some(Ok(self.events.error(&ending)));
        };
        match said {
            Some(Ok(said)) => Some(Ok(self.events.said(&answer.reply, said))),
            Some(Err(how)) => {
                let answer = self.answer.take()?;
                answer.call.break_off();
                Some(self.broken_off(how).await)
            }
            None => {
                answer.call.complete();
                self.told = true;
                Some(Ok(self.events.end(&answer.reply, answer.usage())))
            }
        }
    }

    async fn broken_off(&mut self, how: Break) -> io::Result<Bytes> {
        match how {
            Break::Error => Ok(self.events.error(&ApiError::server_error())),
            Break::HangUp | Break::Stall => {
                // An error ends the connection, with what is not yet written:
                // what was said before is to go out.
                yield_now().await;
                Err(broken())
            }
        }
    }
}
