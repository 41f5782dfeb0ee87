//! What a program prints, read as it comes: each line once it is whole, and what
//! there is of a line that the program has only begun.

use crate::error::Error;
use lessons::transcript::Line;
use regex::Regex;
use std::io::{self, PipeReader, Read};
use std::sync::LazyLock;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{
    UnboundedReceiver, UnboundedSender, unbounded_channel,
};

/// How many lines a run may print.
pub const MOST_LINES: usize = 10_000;

/// How many bytes a run may print: 256 KiB.
pub const MOST_BYTES: usize = 256 * 1024;

/// How long the rest of a line is waited for before what there is of it is told.
/// Many lines are written in pieces that follow each other at once.
const PAUSE: Duration = Duration::from_millis(20);

/// How much is told of a line that has only begun: its end, in characters.
const MOST_BEGUN: usize = 2000;

/// What a program has printed.
#[derive(Debug, Clone, PartialEq)]
pub enum Printed {
    /// A whole line.
    Line(Line),
    /// What there is of the next, as it is now.
    Begun(Line),
}

/// Bytes, and at how many seconds from the start of the program they came.
type Chunk = (f64, io::Result<Vec<u8>>);

/// Reads until the pipe closes. What is too much is an error, and the last that
/// is told.
#[must_use]
pub fn read(
    reader: PipeReader,
    start: Instant,
) -> UnboundedReceiver<Result<Printed, Error>> {
    let (stamped, chunks) = mpsc::channel();
    let (sender, printed) = unbounded_channel();
    std::thread::spawn(move || stamp(reader, start, &stamped));
    std::thread::spawn(move || cut(&chunks, &sender));
    printed
}

/// Stamps what comes with its time. It does nothing else, so that it is there
/// when something comes.
fn stamp(reader: PipeReader, start: Instant, stamped: &Sender<Chunk>) {
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    // One more, to see that there is more.
    let mut reader = reader.take(most + 1);
    let mut buffer = vec![0; 8 * 1024];
    loop {
        let read = reader.read(&mut buffer);
        let at = start.elapsed().as_secs_f64();
        let over = !matches!(read, Ok(1..));
        let chunk = match read {
            Ok(0) => return,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                continue;
            }
            read => read.map(|read| buffer[..read].to_vec()),
        };
        if stamped.send((at, chunk)).is_err() || over {
            return;
        }
    }
}

/// Cuts what comes into lines, and tells of one that is only begun.
fn cut(
    chunks: &Receiver<Chunk>,
    sender: &UnboundedSender<Result<Printed, Error>>,
) {
    let mut lines = Lines::default();
    // When to tell what there is.
    let mut due: Option<Instant> = None;
    let tell = |told| sender.send(told).is_ok();
    loop {
        let left = due.map(|due| due.saturating_duration_since(Instant::now()));
        let chunk = match left {
            Some(left) => chunks.recv_timeout(left),
            None => chunks.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        let told = match chunk {
            Ok((at, Ok(bytes))) => lines.add(at, &bytes, tell),
            Ok((_, Err(error))) => {
                tell(Err(error.into()));
                return;
            }
            Err(RecvTimeoutError::Timeout) => {
                due = None;
                tell(Ok(Printed::Begun(lines.begun())));
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => {
                lines.end(tell);
                return;
            }
        };
        let Ok(ended) = told else { return };
        if ended {
            due = None;
        }
        if !lines.bytes.is_empty() {
            due.get_or_insert_with(|| Instant::now() + PAUSE);
        }
    }
}

/// The line that has begun, and how much there was until then.
#[derive(Debug, Default)]
struct Lines {
    bytes: Vec<u8>,
    at: f64,
    ended: usize,
    total: usize,
}

/// Nothing more is to be told.
struct Over;

impl Lines {
    /// Takes more, tells each line that is whole now, and says whether there was
    /// one.
    fn add(
        &mut self,
        at: f64,
        bytes: &[u8],
        tell: impl Fn(Result<Printed, Error>) -> bool,
    ) -> Result<bool, Over> {
        let mut ended = false;
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.total += part.len();
            self.bytes.extend_from_slice(part);
            self.at = at;
            let is_whole = part.ends_with(b"\n");
            self.ended += usize::from(is_whole);
            if let Err(error) = few(self.ended, self.total) {
                tell(Err(error));
                return Err(Over);
            }
            if is_whole {
                ended = true;
                self.line(&tell)?;
            }
        }
        Ok(ended)
    }

    fn line(
        &mut self,
        tell: impl Fn(Result<Printed, Error>) -> bool,
    ) -> Result<(), Over> {
        let text = normal(&String::from_utf8_lossy(&self.bytes));
        self.bytes.clear();
        let line = Line { at: self.at, text };
        tell(Ok(Printed::Line(line))).then_some(()).ok_or(Over)
    }

    /// What there is of the line that has begun.
    fn begun(&self) -> Line {
        // A letter may be there by half.
        let whole = match str::from_utf8(&self.bytes) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.bytes.len(),
        };
        let text = normal(&String::from_utf8_lossy(&self.bytes[..whole]));
        let more = text.chars().count().saturating_sub(MOST_BEGUN);
        let text = match text.char_indices().nth(more) {
            Some((from, _)) if more > 0 => format!("…{}", &text[from..]),
            _ => text,
        };
        Line { at: self.at, text }
    }

    /// The last line need not have an end.
    fn end(&mut self, tell: impl Fn(Result<Printed, Error>) -> bool) {
        if !self.bytes.is_empty() {
            let _ = self.line(tell);
        }
    }
}

fn few(lines: usize, bytes: usize) -> Result<(), Error> {
    if lines > MOST_LINES {
        return Err(Error::TooMuch(format!("{MOST_LINES} lines")));
    }
    if bytes > MOST_BYTES {
        return Err(Error::TooMuch(format!("{} KiB", MOST_BYTES / 1024)));
    }
    Ok(())
}

static PANIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^thread '([^']*)' \(\d+\) panicked at ")
        .expect("a valid pattern")
});

static REGISTRY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r" panicked at \S*[/\\]registry[/\\]src[/\\][^/\\]+[/\\]")
        .expect("a valid pattern")
});

/// A line without its end, as a terminal shows it, and without what differs from
/// run to run and from machine to machine in the words of a panic: the thread's
/// number, and the folder in which cargo keeps other people's crates.
fn normal(line: &str) -> String {
    let line = shown(line.trim_end());
    let line = PANIC.replace(line.trim_end(), "thread '$1' panicked at ");
    REGISTRY.replace(&line, " panicked at ").into_owned()
}

/// What a terminal obeys and does not show, whole or cut off: colours, titles,
/// and where to write on.
static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\x1b(?:\[[0-?]*[ -/]*(?:[@-~]|$)|\][^\x07\x1b]*(?:\x07|\x1b\\|$)|[@-Z\\^_]|$)",
    )
    .expect("a valid pattern")
});

/// A line as a terminal shows it at last: without colours, and what is written
/// over is gone, as with a bar that grows.
fn shown(line: &str) -> String {
    if !line.contains(['\r', '\x08', '\x1b']) {
        return line.to_owned();
    }
    let mut row = Row::default();
    let mut from = 0;
    for escape in ESCAPE.find_iter(line) {
        row.write(&line[from..escape.start()]);
        match escape.as_str() {
            "\x1b[K" | "\x1b[0K" => row.cells.truncate(row.at),
            "\x1b[2K" => row.cells.clear(),
            _ => {}
        }
        from = escape.end();
    }
    row.write(&line[from..]);
    row.cells.into_iter().collect()
}

/// A row of a terminal.
#[derive(Default)]
struct Row {
    cells: Vec<char>,
    /// Where the next letter is written.
    at: usize,
}

impl Row {
    fn write(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '\r' => self.at = 0,
                '\x08' => self.at = self.at.saturating_sub(1),
                letter => {
                    if self.cells.len() <= self.at {
                        self.cells.resize(self.at + 1, ' ');
                    }
                    self.cells[self.at] = letter;
                    self.at += 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_reads_the_same_on_every_machine() {
        assert_eq!(
            normal("thread 'main' (4711) panicked at src/main.rs:3:5:\n"),
            "thread 'main' panicked at src/main.rs:3:5:"
        );
        assert_eq!(
            normal(
                "thread 'main' (9) panicked at \
                 /home/ann/.cargo/registry/src/index-1a2b/tokio-1.54.1/src/a.rs:8:9:"
            ),
            "thread 'main' panicked at tokio-1.54.1/src/a.rs:8:9:"
        );
        assert_eq!(normal("a task (12) is done  \n"), "a task (12) is done");
    }

    #[test]
    fn a_line_reads_as_on_a_terminal() {
        for (printed, shown) in [
            (
                "\x1b[1;31mred\x1b[0m and \x1b[38;5;9mmore\x1b[m\n",
                "red and more",
            ),
            ("\x1b]0;a title\x07text", "text"),
            ("1 of 10\r2 of 10\r3 of 10\r", "3 of 10"),
            ("100 %\r5 %", "5 % %"),
            ("100 %\r\x1b[K5 %", "5 %"),
            ("100 %\x1b[2K\r5 %", "5 %"),
            ("|\x08/\x08-", "-"),
            ("whole\r\n", "whole"),
            ("cut \x1b[3", "cut"),
            ("höher\rtief", "tiefr"),
        ] {
            assert_eq!(normal(printed), shown, "{printed:?}");
        }
    }

    /// What is told of bytes that come one chunk after another.
    fn told(chunks: &[&[u8]]) -> (Vec<String>, Line) {
        let heard = std::cell::RefCell::new(Vec::new());
        let tell = |told| {
            if let Ok(Printed::Line(line)) = told {
                heard.borrow_mut().push(line.text);
            }
            true
        };
        let mut lines = Lines::default();
        for (at, chunk) in (0..).zip(chunks) {
            let _ = lines.add(f64::from(at), chunk, tell);
        }
        (heard.into_inner(), lines.begun())
    }

    #[test]
    fn a_line_that_has_begun_is_told_as_far_as_it_goes() {
        let (lines, begun) = told(&[b"one\ntw", b"o\nthr", "eé".as_bytes()]);
        assert_eq!(lines, ["one", "two"]);
        assert_eq!((begun.at, &*begun.text), (2.0, "threé"));
        // Half a letter is not told.
        let (_, begun) = told(&[b"caf\xc3"]);
        assert_eq!(begun.text, "caf");
        let long = "a".repeat(MOST_BEGUN) + "z";
        let (_, begun) = told(&[long.as_bytes()]);
        assert_eq!(begun.text.chars().count(), MOST_BEGUN + 1);
        assert!(begun.text.starts_with('…') && begun.text.ends_with('z'));
    }
}
