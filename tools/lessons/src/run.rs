//! Running a listing and stamping its lines as they come.

use crate::transcript::{End, Line};
use regex::Regex;
use std::convert::Infallible;
use std::io::{self, BufRead, BufReader, PipeReader};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// How long a run may take before it counts as hung.
pub const LIMIT: Duration = Duration::from_mins(1);

/// How many lines a run may print.
const MOST_LINES: usize = 10_000;

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
) -> io::Result<Run> {
    let (reader, writer) = io::pipe()?;
    let mut command = Command::new(program);
    command
        .current_dir(dir)
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .kill_on_drop(true);
    let start = Instant::now();
    let child = command.spawn()?;
    // The command holds the pipe's other end open as long as it lives.
    drop(command);
    let (sender, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || stamp(reader, start, &sender));
    let mut lateness = 0.0;
    let (lines, took, end) = tokio::select! {
        seen = follow(child, start, limit, lines) => seen?,
        never = oversleep(&mut lateness) => match never {},
    };
    Ok(Run {
        lines,
        took,
        end,
        lateness,
    })
}

async fn follow(
    mut child: Child,
    start: Instant,
    limit: Duration,
    mut lines: mpsc::UnboundedReceiver<io::Result<Line>>,
) -> io::Result<(Vec<Line>, f64, End)> {
    let mut seen = Vec::new();
    let status = tokio::time::timeout(limit, async {
        while let Some(line) = lines.recv().await {
            seen.push(line?);
            if seen.len() > MOST_LINES {
                return Err(io::Error::other(format!(
                    "it printed more than {MOST_LINES} lines and was killed"
                )));
            }
        }
        child.wait().await
    })
    .await;
    let took = start.elapsed().as_secs_f64();
    match status {
        Ok(Ok(status)) => Ok((seen, took, end_of(status))),
        Ok(Err(error)) => {
            child.kill().await?;
            Err(error)
        }
        Err(_) => {
            child.kill().await?;
            while let Ok(Ok(line)) = lines.try_recv() {
                seen.push(line);
            }
            Ok((seen, took, End::Killed))
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

/// Reads lines until the pipe closes, and sends each with its time.
fn stamp(
    reader: PipeReader,
    start: Instant,
    sender: &mpsc::UnboundedSender<io::Result<Line>>,
) {
    let mut reader = BufReader::new(reader);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let line = match reader.read_until(b'\n', &mut bytes) {
            Ok(0) => return,
            Ok(_) => Ok(Line {
                at: start.elapsed().as_secs_f64(),
                text: normal(&String::from_utf8_lossy(&bytes)),
            }),
            Err(error) => Err(error),
        };
        let failed = line.is_err();
        if sender.send(line).is_err() || failed {
            return;
        }
    }
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

/// Sleeps again and again and keeps the worst lateness, in seconds: what the
/// machine does to a sleeping listing it does to this sleeper.
async fn oversleep(worst: &mut f64) -> Infallible {
    let nap = Duration::from_millis(10);
    loop {
        let start = Instant::now();
        tokio::time::sleep(nap).await;
        let late = start.elapsed().saturating_sub(nap);
        *worst = worst.max(late.as_secs_f64());
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
}
