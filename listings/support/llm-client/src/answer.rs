//! From the bytes of a response to the pieces of an answer.

use crate::chunk::{Chunk, Usage};
use crate::error::{Cause, Error, Phase};
use crate::limits::Limits;
use crate::refusal::{Refusal, json_of, tidy};
use crate::sse::{Event, Parser, SseError};
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt, TryStreamExt};
use std::collections::VecDeque;
use std::error::Error as StdError;
use std::mem;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// One piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Some more text.
    Text(String),
    /// What it all cost: the last piece, if the server told it.
    Usage(Usage),
}

/// An answer under way: pieces, and at most one error, which is its last item.
/// If there is none, the answer is whole.
pub type Answer = BoxStream<'static, Result<Piece, Error>>;

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Its text, which is not empty.
    pub text: String,
    /// What it has cost, if the server told it.
    pub usage: Option<Usage>,
}

type Body = BoxStream<'static, Result<Bytes, Cause>>;

/// Reads the body of a streamed response, within `limits`.
pub fn pieces<B, E>(
    body: impl Stream<Item = Result<B, E>> + Send + 'static,
    limits: Limits,
) -> Answer
where
    B: Into<Bytes> + 'static,
    E: StdError + Send + 'static,
{
    read(body, None, limits)
}

/// The same; `kind` is its content type.
pub fn read<B, E>(
    body: impl Stream<Item = Result<B, E>> + Send + 'static,
    kind: Option<&str>,
    limits: Limits,
) -> Answer
where
    B: Into<Bytes> + 'static,
    E: StdError + Send + 'static,
{
    let body = body
        .map_ok(Into::into)
        .map_err(|error| Cause::lost(&error))
        .fuse() // it may be asked once more behind its end
        .boxed();
    // Without what follows the type, `; charset=utf-8` say.
    let kind = kind.and_then(|kind| kind.split(';').next());
    let reader = Reader::new(body, kind.unwrap_or(STREAM).trim(), limits);
    // An error is the last item, and so is the end.
    stream::unfold(Some(reader), |reader| async {
        let mut reader = reader?;
        let item = reader.next().await?;
        let rest = item.is_ok().then_some(reader);
        Some((item, rest))
    })
    .boxed()
}

/// Waits for the first piece of an answer. An error comes at once, and nothing
/// was shown by then.
///
/// # Errors
/// Whatever the answer begins with.
pub async fn begun(mut answer: Answer) -> Result<Answer, Error> {
    let first = answer.try_next().await?;
    let first = stream::iter(first.map(Ok));
    Ok(first.chain(answer).boxed())
}

/// The text of an answer, when it is all there.
///
/// # Errors
/// If it isn't whole. The error has what came by then.
pub async fn whole(mut answer: Answer) -> Result<Reply, Error> {
    let (mut text, mut usage) = (String::new(), None);
    while let Some(piece) = answer.try_next().await? {
        match piece {
            Piece::Text(more) => text += &more,
            Piece::Usage(told) => usage = Some(told),
        }
    }
    Ok(Reply { text, usage })
}

/// Reads one answer.
struct Reader {
    body: Body,
    parser: Parser,
    /// Events that have come and are not yet looked at.
    events: VecDeque<Event>,
    /// Whether there was one.
    heard: bool,
    /// The first bytes, until an event shows that they begin a stream.
    opening: Vec<u8>,
    kind: String,
    limits: Limits,
    bytes: usize,
    waited: Duration,
    /// Waited for since something was told.
    silent: Duration,
    text: String,
    refusal: String,
    ending: Ending,
    usage: Option<Usage>,
    stage: Stage,
}

/// What is known of an answer's end.
#[derive(Default)]
struct Ending {
    /// The reason that was given.
    reason: Option<String>,
    /// The server knows of reasons, so it must give one.
    must_have_reason: bool,
    /// The last event that told something had some text.
    talks: bool,
    /// Text came after a reason: it gives one with each chunk, and so the
    /// reason ends nothing.
    too_soon: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The answer, which may have a reason to end by now.
    Reading,
    /// Its end was well, and its usage may be told.
    Ended,
    /// Nothing more is said.
    Over,
}

impl Reader {
    fn new(body: Body, kind: &str, limits: Limits) -> Self {
        Self {
            body,
            parser: Parser::new(limits.event_bytes),
            events: VecDeque::new(),
            heard: false,
            opening: Vec::new(),
            kind: kind.to_owned(),
            limits,
            bytes: 0,
            waited: Duration::ZERO,
            silent: Duration::ZERO,
            text: String::new(),
            refusal: String::new(),
            ending: Ending::default(),
            usage: None,
            stage: Stage::Reading,
        }
    }

    // ANCHOR: next
    /// The next piece; none after the last.
    async fn next(&mut self) -> Option<Result<Piece, Error>> {
        while self.stage == Stage::Reading {
            match self.read_on().await {
                Ok(None) => {}
                Ok(Some(text)) => return Some(Ok(Piece::Text(text))),
                Err(cause) => return Some(Err(self.failed(cause))),
            }
        }
        if self.stage == Stage::Over {
            return None;
        }
        self.stage = Stage::Over;
        self.usage.map(|usage| Ok(Piece::Usage(usage)))
    }

    /// Takes one event. What it adds to the text, if anything.
    async fn read_on(&mut self) -> Result<Option<String>, Cause> {
        match self.event().await {
            Ok(Some(event)) if event.said() == "[DONE]" => {
                self.drain().await;
                if self.ending.reason.is_none() && self.ending.must_have_reason
                {
                    return Err(self.hung_up()); // it was cut off further up
                }
                self.end()?;
            }
            Ok(Some(event)) => return self.take(&event),
            Ok(None) if self.ending.reason.is_some() => self.end()?,
            Ok(None) => return Err(self.hung_up()),
            // Once it has ended, silence or a lost connection take nothing
            // from it.
            Err(_) if self.ending.reason.is_some() && !self.ending.too_soon => {
                self.end()?;
            }
            Err(cause) => return Err(cause),
        }
        Ok(None)
    }

    fn take(&mut self, event: &Event) -> Result<Option<String>, Cause> {
        let mut chunk = match Chunk::of(event) {
            // What we don't understand after the end takes nothing from it.
            Err(Cause::Garbled(_))
                if self.ending.reason.is_some() && !self.ending.too_soon =>
            {
                return self.end().map(|()| None);
            }
            chunk => chunk?,
        };
        if chunk.is_message && chunk.text.trim() == self.text.trim() {
            chunk.text.clear(); // all that came in pieces, as MiniMax ends
        }
        if chunk.tells || chunk.usage.is_some() {
            self.silent = Duration::ZERO;
            self.ending.talks = !chunk.text.is_empty();
        }
        self.ending.too_soon |=
            self.ending.reason.is_some() && !chunk.text.is_empty();
        self.ending.must_have_reason |= chunk.gives_reasons;
        let earlier = self.ending.reason.take();
        self.ending.reason = match earlier.as_deref().map(Self::judged) {
            // That it isn't whole is not taken back by another reason; but one
            // that nobody knows may only mean that it goes on.
            Some(Err(known)) if !matches!(known, Cause::Ended(_)) => earlier,
            _ => chunk.finish.or(earlier),
        };
        self.usage = chunk.usage.or(self.usage);
        self.refusal += &chunk.refusal;
        self.text += &chunk.text;
        if self.text.len() + self.refusal.len() > self.limits.text_bytes {
            return Err(Cause::TooLarge("the answer", self.limits.text_bytes));
        }
        Ok((!chunk.text.is_empty()).then_some(chunk.text))
    }

    // ANCHOR: end
    /// Whether the answer is whole is for its `finish_reason` to say.
    fn end(&mut self) -> Result<(), Cause> {
        let reason = self.ending.reason.take().unwrap_or_default();
        if !self.refusal.is_empty() {
            return Err(Cause::Declined(mem::take(&mut self.refusal)));
        }
        Self::judged(&reason)?;
        if self.text.trim().is_empty() {
            return Err(Cause::Empty);
        }
        self.stage = Stage::Ended;
        Ok(())
    }

    /// What a `finish_reason` says of an answer, by its many names.
    fn judged(reason: &str) -> Result<(), Cause> {
        match reason.to_ascii_lowercase().as_str() {
            // None at all, but `[DONE]`: a few servers know of none.
            "" | "stop" | "end_turn" | "eos" | "eos_token"
            | "stop_sequence" | "complete" => Ok(()),
            "length"
            | "max_tokens"
            | "max_output_tokens"
            | "model_length"
            | "model_context_window_exceeded" => Err(Cause::Truncated),
            "content_filter"
            | "content_filtered"
            | "safety"
            | "sensitive"
            | "blocklist"
            | "prohibited_content"
            | "refusal"
            | "guardrail_intervened" => Err(Cause::Filtered),
            "tool_calls" | "function_call" | "tool_use" => {
                Err(Cause::WantsTools)
            }
            _ => Err(Cause::Ended(reason.to_owned())),
        }
    }
    // ANCHOR_END: end
    // ANCHOR_END: next

    // ANCHOR: event
    /// The next event that is one, within the limit on silence; none at the
    /// end of the body.
    async fn event(&mut self) -> Result<Option<Event>, Cause> {
        let silence = match (&self.ending.reason, self.text.as_str()) {
            (Some(_), _) if !self.ending.talks => self.limits.tail,
            (None, "") => self.limits.first,
            _ => self.limits.idle,
        };
        // A comment is no event, and an empty chunk none that counts: a server
        // that only says "I am here" is silent all the same.
        let silence_left = silence.saturating_sub(self.silent);
        let deadline = later(Instant::now(), silence_left);
        loop {
            while let Some(event) = self.events.pop_front() {
                if !is_ping(&event) {
                    return Ok(Some(event));
                }
            }
            let start = Instant::now();
            let all = self.limits.total.saturating_sub(self.waited);
            let until = deadline.min(later(start, all));
            let bytes = timeout_at(until, self.body.next()).await;
            self.waited += start.elapsed();
            self.silent += start.elapsed();
            let Ok(bytes) = bytes else {
                return Err(if until < deadline {
                    Cause::TooSlow(self.limits.total)
                } else {
                    Cause::TimedOut(silence)
                });
            };
            match bytes.transpose()? {
                Some(bytes) => self.feed(&bytes).await?,
                None => return self.last_event().await,
            }
        }
    }
    // ANCHOR_END: event

    async fn feed(&mut self, bytes: &[u8]) -> Result<(), Cause> {
        self.bytes += bytes.len();
        if self.bytes > self.limits.body_bytes {
            return Err(Cause::TooLarge("the body", self.limits.body_bytes));
        }
        if !self.heard {
            let room =
                self.limits.refusal_bytes.saturating_sub(self.opening.len());
            self.opening.extend(&bytes[..bytes.len().min(room)]);
        }
        match self.parser.feed(bytes) {
            Ok(events) => {
                self.heard |= !events.is_empty();
                self.events.extend(events);
            }
            Err(SseError::NotEvents) => {
                return Err(self.something_else().await);
            }
            Err(error) => return Err(Cause::of_parsing(error)),
        }
        if self.heard {
            self.opening = Vec::new();
        }
        Ok(())
    }

    /// A server may end its stream without the blank line behind the last
    /// event. Half an event is no event, and JSON says which it is.
    async fn last_event(&mut self) -> Result<Option<Event>, Cause> {
        match self.parser.finish() {
            Ok(Some(event)) if event.said() == "[DONE]" => Ok(Some(event)),
            Ok(Some(event)) => match Chunk::of(&event) {
                Err(Cause::Garbled(_)) => Ok(None),
                _ => Ok(Some(event)),
            },
            Err(SseError::NotEvents) => Err(self.something_else().await),
            _ => Ok(None),
        }
    }

    /// What came where a stream was asked for: with a word of the provider, if
    /// it is an error that got the status of an answer.
    async fn something_else(&mut self) -> Cause {
        let mut body = mem::take(&mut self.opening);
        let most = self.limits.refusal_bytes;
        let rest = async {
            while body.len() < most {
                match self.body.next().await {
                    Some(Ok(bytes)) => body.extend(bytes),
                    _ => break,
                }
            }
        };
        // What is there by then must do.
        let _ = timeout(self.limits.refusal, rest).await;
        match json_of(&body) {
            Ok(json) if Chunk::says_error(&json) => {
                Refusal::in_answer(&json).into()
            }
            _ => Cause::NotAStream(described(&body, &self.kind)),
        }
    }

    fn hung_up(&self) -> Cause {
        let words = String::from_utf8_lossy(&self.opening);
        // A stream that was cut off before its first event.
        let cut = self.kind == STREAM && is_stream(&words);
        if self.heard || self.bytes == 0 || cut {
            return Cause::Lost("it was closed before the answer ended".into());
        }
        match Refusal::in_words(&words) {
            Some(refusal) => refusal.into(),
            None if self.kind == STREAM && !words.contains('\u{fffd}') => {
                Cause::NotAStream(tidy(&words))
            }
            None if self.kind == STREAM => {
                Cause::NotAStream("bytes that are no text".into())
            }
            None => Cause::NotAStream(self.kind.clone()),
        }
    }

    /// After `[DONE]` the body has an end, too. Who doesn't wait for it costs
    /// the connection, which could have been used again.
    async fn drain(&mut self) {
        let end = async { while let Some(Ok(_)) = self.body.next().await {} };
        let _ = timeout(DRAIN, end).await;
    }

    fn failed(&mut self, cause: Cause) -> Error {
        let phase = if self.text.is_empty() {
            Phase::FirstToken
        } else {
            Phase::Answer
        };
        Error {
            phase,
            cause,
            so_far: mem::take(&mut self.text),
        }
    }
}

/// So long after `now`; for ever is thirty years, as in tokio.
fn later(now: Instant, wait: Duration) -> Instant {
    let for_ever = || now + Duration::from_hours(24 * 365 * 30);
    now.checked_add(wait).unwrap_or_else(for_ever)
}

const STREAM: &str = "text/event-stream";

/// What a body is that is no stream: by its type, or else by how it begins.
fn described(body: &[u8], kind: &str) -> String {
    let begins = match body.trim_ascii_start().first() {
        Some(0x1f) => "compressed bytes (gzip)",
        Some(b'<') => "a page",
        _ => "JSON",
    };
    if kind == STREAM {
        begins.to_owned()
    } else {
        kind.to_owned()
    }
}

/// How long to wait for the end of a body whose answer has ended.
const DRAIN: Duration = Duration::from_millis(100);

/// Whether a body begins as a stream does: with a field or with a comment.
fn is_stream(body: &str) -> bool {
    let fields = ["", "data", "event", "id", "retry"];
    let line = body.trim_start().lines().next().unwrap_or_default();
    let field = line.split(':').next().unwrap_or_default();
    fields.iter().any(|it| *it == field || it.starts_with(line))
}

/// Some servers send a comment or a word as data, data that is empty, or an
/// event with a name of its own.
fn is_ping(event: &Event) -> bool {
    let said = event.said();
    let word = said.trim_matches(['[', ']', '"']);
    let pings = ["ping", "keepalive", "keep-alive", "heartbeat"];
    let other = !event.is_usual() && !said.starts_with(['{', '[']);
    let empty = matches!(said, "" | "\"\"") || said.starts_with(':');
    let ping = pings.iter().any(|ping| word.eq_ignore_ascii_case(ping));
    !event.is_error() && (empty || other || ping)
}
