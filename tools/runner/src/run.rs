//! Running a listing and stamping its lines as they come.

use crate::lateness::Sleeper;
use crate::process::{Process, Reach};
use lessons::transcript::{End, Line};
use regex::Regex;
use std::fmt;
use std::io::{self, BufRead, BufReader, PipeReader, Read};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tokio::process::Command;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

/// How long a run may take before it counts as hung.
pub const LIMIT: Duration = Duration::from_mins(1);

/// How many lines a run may print.
pub const MOST_LINES: usize = 10_000;

/// How many bytes a run may print: 256 KiB.
pub const MOST_BYTES: usize = 256 * 1024;

/// How long after the end of a program its last lines are waited for. They are
/// in the pipe by then; only a process that it left behind keeps that open.
const DRAIN: Duration = Duration::from_secs(1);

/// What was seen of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What it printed, to stdout and stderr as one stream, as a terminal
    /// shows it.
    pub lines: Vec<Line>,
    /// Seconds from start to end, on the real clock.
    pub took: f64,
    /// How it ended; `Killed` if the limit did that.
    pub end: End,
    /// By how many seconds a sleeper beside the run woke late, at most.
    pub lateness: f64,
}

/// Why there is no run to speak of.
#[derive(Debug)]
pub enum Error {
    /// The program can't be started, or not be read.
    Io(io::Error),
    /// It printed too much and was killed. What, in words: `10000 lines`.
    TooMuch(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::TooMuch(what) => {
                write!(f, "it printed more than {what} and was killed")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Starts `program` in `dir`, waits for its end, for `limit` at most.
///
/// The process is killed when the future is dropped.
///
/// # Errors
/// If it can't be started, or prints without end.
pub async fn run(
    program: &Path,
    dir: &Path,
    limit: Duration,
) -> Result<Run, Error> {
    let mut command = Command::new(program);
    command.current_dir(dir);
    let running = Running::start(command, Reach::Itself)?;
    running.end(limit, |_| ()).await
}

/// A program that runs, killed when this is dropped.
#[derive(Debug)]
pub struct Running {
    process: Process,
    start: Instant,
    lines: UnboundedReceiver<Result<Line, Error>>,
}

impl Running {
    /// Starts `command`, with nothing to read and without backtraces.
    ///
    /// # Errors
    /// If it can't be started.
    pub fn start(mut command: Command, reach: Reach) -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        command
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(writer.try_clone()?)
            .stderr(writer);
        let start = Instant::now();
        // This drops the command, which holds the pipe's other end open as
        // long as it lives.
        let process = Process::spawn(command, reach)?;
        let (sender, lines) = mpsc::unbounded_channel();
        std::thread::spawn(move || stamp(reader, start, &sender));
        Ok(Self {
            process,
            start,
            lines,
        })
    }

    /// The number of its process; none once it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits for its end, for `limit` at most, and tells each line to `heard`
    /// as it comes.
    ///
    /// # Errors
    /// If it prints without end: it is killed then.
    pub async fn end(
        mut self,
        limit: Duration,
        mut heard: impl FnMut(&Line),
    ) -> Result<Run, Error> {
        let mut lines = Vec::new();
        let mut keep = |line: Line| {
            heard(&line);
            lines.push(line);
        };
        let sleeper = Sleeper::start();
        let (took, end) = self.follow(limit, &mut keep).await?;
        let lateness = sleeper.wake();
        // The last line may be stamped later than the end was seen.
        let last = lines.last().map_or(0.0, |line| line.at);
        Ok(Run {
            lines,
            took: took.max(last),
            end,
            lateness,
        })
    }

    async fn follow(
        &mut self,
        limit: Duration,
        keep: &mut impl FnMut(Line),
    ) -> Result<(f64, End), Error> {
        let left = limit.saturating_sub(self.start.elapsed());
        let end = match tokio::time::timeout(left, self.ended(keep)).await {
            Ok(status) => end_of(status?),
            Err(_) => End::Killed,
        };
        let took = self.start.elapsed().as_secs_f64();
        self.process.kill();
        let rest = async {
            while let Some(line) = self.lines.recv().await {
                keep(line?);
            }
            self.process.wait().await?;
            Ok::<(), Error>(())
        };
        // What keeps the pipe open beyond that is of no interest.
        tokio::time::timeout(DRAIN, rest).await.unwrap_or(Ok(()))?;
        Ok((took, end))
    }

    /// Waits for the end of the process, and keeps its lines meanwhile.
    async fn ended(
        &mut self,
        keep: &mut impl FnMut(Line),
    ) -> Result<ExitStatus, Error> {
        loop {
            tokio::select! {
                Some(line) = self.lines.recv() => keep(line?),
                status = self.process.wait() => return Ok(status?),
            }
        }
    }
}

#[cfg(unix)]
fn end_of(status: ExitStatus) -> End {
    use std::os::unix::process::ExitStatusExt;
    match status.signal() {
        Some(signal) => End::Signal(signal),
        None => End::Exit(status.code().unwrap_or(-1)),
    }
}

#[cfg(not(unix))]
fn end_of(status: ExitStatus) -> End {
    End::Exit(status.code().unwrap_or(-1))
}

/// Reads lines until the pipe closes, and sends each with its time. What is
/// too much is an error, and the last that is sent.
fn stamp(
    reader: PipeReader,
    start: Instant,
    sender: &UnboundedSender<Result<Line, Error>>,
) {
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
    // One more, to see that there is more.
    let mut reader = BufReader::new(reader.take(most + 1));
    let mut bytes = Vec::new();
    let (mut lines, mut total) = (0, 0);
    loop {
        bytes.clear();
        let read = reader.read_until(b'\n', &mut bytes);
        let at = start.elapsed().as_secs_f64();
        let line = match read {
            Ok(0) => return,
            Ok(read) => {
                total += read;
                lines += 1;
                few(lines, total).map(|()| Line {
                    at,
                    text: normal(&String::from_utf8_lossy(&bytes)),
                })
            }
            Err(error) => Err(error.into()),
        };
        let failed = line.is_err();
        if sender.send(line).is_err() || failed {
            return;
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

/// A line without its end, and without what differs from run to run and from
/// machine to machine in the words of a panic: the thread's number, and the
/// folder in which cargo keeps other people's crates.
fn normal(line: &str) -> String {
    let line = PANIC.replace(line.trim_end(), "thread '$1' panicked at ");
    REGISTRY.replace(&line, " panicked at ").into_owned()
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
}
