//! From bytes to events, as the standard says:
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html>

use std::mem;

/// What a server sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// What its `event:` line says; empty without one.
    pub name: String,
    /// Its `data:` lines.
    pub data: String,
}

impl Event {
    /// Its data, without blanks around it, and without the second `data:` that
    /// some proxies put before it.
    pub(crate) fn said(&self) -> &str {
        let data = self.data.trim();
        data.strip_prefix("data:").unwrap_or(data).trim_start()
    }

    /// Whether it is named as one that tells of an error.
    pub(crate) fn is_error(&self) -> bool {
        self.name.eq_ignore_ascii_case("error")
    }

    /// Whether it has no name but the usual one.
    pub(crate) fn is_usual(&self) -> bool {
        matches!(self.name.as_str(), "" | "message")
    }
}

/// Why bytes are no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// An event is too large.
    #[error("an event is larger than {0} bytes")]
    TooLarge(usize),
    /// The data of an event is not UTF-8.
    #[error("an event is not UTF-8")]
    NotUtf8,
    /// The first bytes are those of a page, of JSON or of something compressed.
    #[error("not a stream of events")]
    NotEvents,
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Takes bytes as they come, and gives back the events that are whole.
#[derive(Debug)]
pub struct Parser {
    /// The line under way.
    line: Vec<u8>,
    /// The event under way: its data, once there is some, and its name.
    data: Option<Vec<u8>>,
    name: Vec<u8>,
    /// The last byte was a CR, so an LF that follows belongs to it.
    after_cr: bool,
    /// Nothing but blanks has come yet.
    at_start: bool,
    /// Why it went wrong behind the events that were given back last.
    failed: Option<SseError>,
    limit: usize,
}

impl Parser {
    /// A parser of events that are at most so many bytes long.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            line: Vec::new(),
            data: None,
            name: Vec::new(),
            after_cr: false,
            at_start: true,
            failed: None,
            limit,
        }
    }

    // ANCHOR: parser
    /// The events that end within these bytes. Half a line, or half a
    /// character, waits for the other half. Each byte is looked at once.
    fn take(
        &mut self,
        mut bytes: &[u8],
        events: &mut Vec<Event>,
    ) -> Result<(), SseError> {
        while let Some(&first) = bytes.first() {
            if mem::take(&mut self.after_cr) && first == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
            let Some(end) = bytes.iter().position(ends) else {
                self.push(bytes)?;
                break;
            };
            self.push(&bytes[..end])?;
            self.after_cr = bytes[end] == b'\r';
            events.extend(self.end_of_line()?);
            bytes = &bytes[end + 1..];
        }
        Ok(())
    }
    // ANCHOR_END: parser

    /// The events that end within these bytes.
    ///
    /// # Errors
    /// See [`SseError`]. If there are events before it, they come first, and
    /// the error with the next call. After it the stream is of no more use.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Event>, SseError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut events = Vec::new();
        match self.take(bytes, &mut events) {
            Err(error) if events.is_empty() => Err(error),
            result => {
                self.failed = result.err();
                Ok(events)
            }
        }
    }

    /// The event that lacks nothing but the blank line behind it, where a
    /// server ends its stream like that.
    ///
    /// # Errors
    /// See [`SseError`].
    pub fn finish(&mut self) -> Result<Option<Event>, SseError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        match self.end_of_line()? {
            None => self.dispatch(),
            event => Ok(event),
        }
    }

    fn push(&mut self, part: &[u8]) -> Result<(), SseError> {
        let held = self.line.len() + self.data.as_ref().map_or(0, Vec::len);
        if held + part.len() > self.limit {
            return Err(SseError::TooLarge(self.limit));
        }
        self.line.extend_from_slice(part);
        self.look_at_the_start(part.len())
    }

    // ANCHOR: line
    fn end_of_line(&mut self) -> Result<Option<Event>, SseError> {
        let line = mem::take(&mut self.line);
        if line.is_empty() {
            return self.dispatch();
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = line.split_at(colon.unwrap_or(line.len()));
        // One blank after the colon is not part of the value.
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => return self.push_data(value),
            b"event" => self.name = value.to_vec(),
            // No fields of the standard, and how llama.cpp and proxies that
            // have begun an answer tell of errors.
            b"error" => return self.push_error(value),
            b"{\"error\"" => return self.push_error(&line),
            _ => {} // a comment, or a field that we have no use for
        }
        Ok(None)
    }
    // ANCHOR_END: line

    /// Some servers forget the blank line between two events. In no JSON is a
    /// `{` or `[DONE]` next to a `}`, so there the event ends.
    fn push_data(&mut self, value: &[u8]) -> Result<Option<Event>, SseError> {
        let begins = value.starts_with(b"{") || value.starts_with(b"[DONE]");
        let ends = |data: &Vec<u8>| data.ends_with(b"}");
        let event = if begins && self.data.as_ref().is_some_and(ends) {
            self.dispatch()?
        } else {
            None
        };
        match &mut self.data {
            None => self.data = Some(value.to_vec()),
            Some(data) => {
                data.push(b'\n');
                data.extend_from_slice(value);
            }
        }
        Ok(event)
    }

    /// An event of that name, and the end of the one before it.
    fn push_error(&mut self, value: &[u8]) -> Result<Option<Event>, SseError> {
        let event = self.dispatch()?;
        self.name = b"error".to_vec();
        self.push_data(value)?;
        Ok(event)
    }

    /// A blank line ends an event. Without data there was none.
    fn dispatch(&mut self) -> Result<Option<Event>, SseError> {
        let name = mem::take(&mut self.name);
        let Some(data) = self.data.take() else {
            return Ok(None);
        };
        let data = String::from_utf8(data).map_err(|_| SseError::NotUtf8)?;
        let name = String::from_utf8_lossy(&name).into_owned();
        Ok(Some(Event { name, data }))
    }

    /// Drops a byte order mark, and tells a page, JSON or gzip from a stream,
    /// when so many bytes are new.
    fn look_at_the_start(&mut self, new: usize) -> Result<(), SseError> {
        if !self.at_start {
            return Ok(());
        }
        // What is not new was blank, or was half a mark.
        let mut seen = self.line.len() - new;
        if seen < BYTE_ORDER_MARK.len() {
            seen = 0;
        }
        if self.line.starts_with(BYTE_ORDER_MARK) {
            self.line.drain(..BYTE_ORDER_MARK.len());
        } else if BYTE_ORDER_MARK.starts_with(&self.line) {
            return Ok(()); // maybe half a mark
        }
        match self.line[seen..].trim_ascii_start().first() {
            None => Ok(()),
            Some(b'<' | b'{' | b'[' | 0x1f) => Err(SseError::NotEvents),
            Some(_) => {
                self.at_start = false;
                Ok(())
            }
        }
    }

    /// Whether more than blanks has come, and nothing speaks against a stream.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        !self.at_start
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn events(bytes: &[u8]) -> Result<Vec<String>, SseError> {
        let mut parser = Parser::new(100);
        let mut events = parser.feed(bytes)?;
        events.extend(parser.finish()?);
        Ok(events.into_iter().map(|event| event.data).collect())
    }

    #[test]
    fn each_kind_of_line_end_ends_a_line() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("data: a{end}data: b{end}{end}data:c{end}{end}");
            assert_eq!(
                events(text.as_bytes()),
                Ok(vec!["a\nb".into(), "c".into()])
            );
        }
        // Mixed in one stream, and a CR as the last byte of a chunk.
        let mut parser = Parser::new(100);
        assert_eq!(parser.feed(b"data: a\r").expect("fine"), []);
        let events = parser.feed(b"\n\rdata: b\n\n").expect("fine");
        assert_eq!(events.len(), 2);
    }

    #[test]
    fn comments_names_ids_and_unknown_fields_are_no_data() {
        let text =
            b": here\n\nid: 7\nretry: 9\nfoo: x\ndatas: y\n\nevent: e\n\n";
        assert_eq!(events(text), Ok(vec![]));
        let mut parser = Parser::new(100);
        let event = &parser.feed(b"event: error\ndata\n\n").expect("fine")[0];
        assert_eq!((event.name.as_str(), event.data.as_str()), ("error", ""));
        // A name is for one event, also where that had no data.
        let event = &parser.feed(b"event: a\n\ndata: b\n\n").expect("fine")[0];
        assert_eq!(event.name, "");
    }

    #[test]
    fn an_error_field_is_an_event_of_that_name() {
        let mut parser = Parser::new(100);
        let event = &parser.feed(b"error: {}\n\n").expect("fine")[0];
        assert_eq!((event.name.as_str(), event.data.as_str()), ("error", "{}"));
    }

    #[test]
    fn only_one_blank_is_taken_from_the_value() {
        let got = events(b"data:  a \n\ndata:b\n\n");
        assert_eq!(got, Ok(vec![" a ".into(), "b".into()]));
    }

    #[test]
    fn a_byte_order_mark_is_dropped_wherever_it_is_cut() {
        let text = b"\xEF\xBB\xBFdata: a\n\n";
        for at in 0..text.len() {
            let mut parser = Parser::new(100);
            let mut events = parser.feed(&text[..at]).expect("fine");
            events.extend(parser.feed(&text[at..]).expect("fine"));
            assert_eq!(events.len(), 1, "cut at {at}");
            assert_eq!(events[0].data, "a");
        }
        // Only the first.
        let later = events(b"data: a\n\n\xEF\xBB\xBFdata: b\n\n");
        assert_eq!(later, Ok(vec!["a".into()]));
    }

    #[test]
    fn what_is_no_stream_is_told_by_its_first_byte() {
        for text in ["<!doctype html>", " \n {\"error\":1}", "[1]", "\u{1f}x"] {
            assert_eq!(events(text.as_bytes()), Err(SseError::NotEvents));
        }
        let marked = "\u{feff}{}".as_bytes();
        assert_eq!(events(marked), Err(SseError::NotEvents));
        // Later it is only a field that nobody knows.
        assert_eq!(events(b"data: a\n{\n\n"), Ok(vec!["a".into()]));
    }

    /// Many blanks before a stream cost no more time than anything else.
    #[test]
    fn blanks_before_a_stream_take_linear_time() {
        let (mut parser, start) = (Parser::new(2 << 20), Instant::now());
        for _ in 0..16_384 {
            assert_eq!(parser.feed(&[b' '; 64]), Ok(vec![]));
        }
        assert!(!parser.has_begun());
        // To look at all of them each time takes half a minute.
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }

    #[test]
    fn a_line_and_an_event_have_a_limit() {
        let long = "x".repeat(101);
        let too_large = Err(SseError::TooLarge(100));
        assert_eq!(events(long.as_bytes()), too_large);
        assert_eq!(events(format!(":{long}").as_bytes()), too_large);
        let lines = "data: aaaaaaaaa\n".repeat(12);
        assert_eq!(events(lines.as_bytes()), too_large);
        let many = "data: aaaaaaaaa\n\n".repeat(12);
        assert_eq!(events(many.as_bytes()).map(|all| all.len()), Ok(12));
    }

    /// However the network cut them.
    #[test]
    fn events_before_an_error_are_given_back() {
        let mut parser = Parser::new(100);
        let events = parser.feed(b"data: a\n\ndata: \xff\n\n");
        assert_eq!(events.map(|all| all.len()), Ok(1));
        assert_eq!(parser.feed(b""), Err(SseError::NotUtf8));
        assert_eq!(parser.finish(), Err(SseError::NotUtf8));
    }

    #[test]
    fn only_data_must_be_utf_8() {
        assert_eq!(events(b"data: \xff\n\n"), Err(SseError::NotUtf8));
        assert_eq!(events(b": caf\xe9\n\ndata: a\n\n"), Ok(vec!["a".into()]));
    }
}
