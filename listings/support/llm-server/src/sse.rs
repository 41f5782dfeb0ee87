//! The stream of server-sent events that an answer is.
//!
//! Source: WHATWG HTML, "Server-sent events"; OpenAI's API reference, "Chat
//! completion chunk".

use crate::model::Malformed;
use crate::protocol::{Chunk, Cost, Delta, Usage};
use bytes::Bytes;
use std::collections::BTreeSet;

/// Writes the events of one answer.
#[derive(Debug)]
pub(crate) struct Writer {
    id: String,
    model: String,
    include_usage: bool,
    how: BTreeSet<Malformed>,
    written: u32,
}

impl Writer {
    pub(crate) fn new(
        id: String,
        model: String,
        include_usage: bool,
        how: BTreeSet<Malformed>,
    ) -> Self {
        Self {
            id,
            model,
            include_usage,
            how,
            written: 0,
        }
    }

    fn has(&self, how: Malformed) -> bool {
        self.how.contains(&how)
    }

    /// Whether its bytes are to be sent one by one.
    pub(crate) fn splits(&self) -> bool {
        self.has(Malformed::SplitUtf8)
    }

    /// One token; with the first, the role.
    pub(crate) fn token(&mut self, text: &str) -> Bytes {
        let mut events = Vec::with_capacity(256);
        // The second event is the spoiled one: a client has begun by then.
        if self.written == 1 && self.has(Malformed::Garbage) {
            self.event(&mut events, "{\"choices\": [{\"delta\"");
        }
        if self.written == 1 && self.has(Malformed::InvalidUtf8) {
            events.extend_from_slice(b"data: \xff\xfe\n\n");
        }
        let delta = Delta {
            role: (self.written == 0).then_some("assistant"),
            content: Some(text),
        };
        self.written += 1;
        self.chunk(&mut events, Some((delta, None)), Cost::Open);
        events.into()
    }

    /// The end of the answer: why it ended, its usage, `[DONE]`.
    pub(crate) fn end(&self, reason: &'static str, usage: Usage) -> Bytes {
        let mut events = Vec::with_capacity(512);
        let last = (Delta::default(), Some(reason));
        self.chunk(&mut events, Some(last), Cost::Open);
        if self.include_usage {
            self.chunk(&mut events, None, Cost::Total(usage));
        }
        if !self.has(Malformed::NoDone) {
            self.event(&mut events, "[DONE]");
        }
        events.into()
    }

    /// An event with at most one choice: what is new, and why it ends.
    fn chunk(
        &self,
        out: &mut Vec<u8>,
        choice: Option<(Delta<'_>, Option<&'static str>)>,
        cost: Cost,
    ) {
        let usage = self.include_usage.then_some(cost);
        let chunk = Chunk::new(&self.id, &self.model, choice, usage);
        // Strings and numbers always are JSON.
        let data = serde_json::to_string(&chunk).unwrap_or_default();
        self.event(out, &data);
    }

    fn event(&self, out: &mut Vec<u8>, data: &str) {
        let end = if self.has(Malformed::Crlf) {
            "\r\n"
        } else {
            "\n"
        };
        let mut line = |parts: &[&str]| {
            for part in parts {
                out.extend_from_slice(part.as_bytes());
            }
            out.extend_from_slice(end.as_bytes());
        };
        if self.has(Malformed::Comments) {
            line(&[": keep-alive"]);
            line(&[]);
        }
        match data.strip_prefix('{') {
            // To JSON, a line break behind a brace is blank space.
            Some(rest) if self.has(Malformed::SeveralDataLines) => {
                line(&["data: {"]);
                line(&["data: ", rest]);
            }
            _ => line(&["data: ", data]),
        }
        line(&[]);
    }
}
