//! How events are written as a stream of bytes, well or malformed.
//!
//! Source: WHATWG HTML, "Server-sent events".

use crate::model::Malformed;
use std::collections::BTreeSet;

/// Writes the events of one stream.
#[derive(Debug)]
pub(crate) struct Writer {
    /// A bit for each way in which it is malformed.
    how: u32,
    begun: bool,
    spoiled: bool,
}

impl Writer {
    pub(crate) fn new(how: &BTreeSet<Malformed>) -> Self {
        Self {
            how: how.iter().fold(0, |bits, how| bits | bit(*how)),
            begun: false,
            spoiled: false,
        }
    }

    fn has(&self, how: Malformed) -> bool {
        self.how & bit(how) != 0
    }

    /// Whether its bytes are to be sent one by one.
    pub(crate) fn splits(&self) -> bool {
        self.has(Malformed::SplitUtf8)
    }

    /// Before the second token of an answer: an event that can't be read, once,
    /// if there is to be one. A client has begun by then.
    pub(crate) fn spoil(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.spoiled, true) {
            return;
        }
        if self.has(Malformed::Garbage) {
            self.event(out, None, "{\"choices\": [{\"delta\"");
        }
        if self.has(Malformed::InvalidUtf8) {
            out.extend_from_slice(b"data: \xff\xfe\n\n");
        }
    }

    /// `[DONE]`, behind the last event.
    pub(crate) fn done(&mut self, out: &mut Vec<u8>) {
        if !self.has(Malformed::NoDone) {
            self.event(out, None, "[DONE]");
        }
    }

    /// An event: its name, where it has one, and its data.
    pub(crate) fn event(
        &mut self,
        out: &mut Vec<u8>,
        name: Option<&str>,
        data: &str,
    ) {
        let begun = std::mem::replace(&mut self.begun, true);
        if !begun && self.has(Malformed::Bom) {
            out.extend_from_slice("\u{feff}".as_bytes());
        }
        if self.has(Malformed::Comments) {
            self.line(out, ": keep-alive", "");
            self.line(out, "", "");
        }
        if self.has(Malformed::EmptyData) {
            self.line(out, "data:", "");
            self.line(out, "", "");
        }
        if let Some(name) = name {
            self.line(out, "event: ", name);
        }
        let blank = !self.has(Malformed::NoBlank);
        let field = if blank { "data: " } else { "data:" };
        match data.strip_prefix('{') {
            // To JSON, a line break behind a brace is blank space.
            Some(rest) if self.has(Malformed::SeveralDataLines) => {
                self.line(out, field, "{");
                self.line(out, field, rest);
            }
            _ => self.line(out, field, data),
        }
        self.line(out, "", "");
    }

    fn line(&self, out: &mut Vec<u8>, field: &str, value: &str) {
        out.extend_from_slice(field.as_bytes());
        out.extend_from_slice(value.as_bytes());
        let end: &[u8] =
            match (self.has(Malformed::Cr), self.has(Malformed::Crlf)) {
                (true, _) => b"\r",
                (false, true) => b"\r\n",
                (false, false) => b"\n",
            };
        out.extend_from_slice(end);
    }
}

fn bit(how: Malformed) -> u32 {
    1 << (how as u32)
}
