//! Running a listing, and hearing its lines as they come.

use crate::error::Error;
use crate::lateness::Sleeper;
use crate::lines::{self, Printed};
use crate::process::{Process, Reach};
use lessons::transcript::{End, Line};
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};
use tokio::process::Command;
use tokio::sync::mpsc::UnboundedReceiver;

/// How long a run may take before it counts as hung.
pub const LIMIT: Duration = Duration::from_mins(1);

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
    printed: UnboundedReceiver<Result<Printed, Error>>,
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
        Ok(Self {
            process,
            start,
            printed: lines::read(reader, start),
        })
    }

    /// The number of its process; none once it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Waits for its end, for `limit` at most, and tells `heard` each line as it
    /// comes, and of a line that has only begun.
    ///
    /// # Errors
    /// If it prints without end: it is killed then.
    pub async fn end(
        mut self,
        limit: Duration,
        mut heard: impl FnMut(&Printed),
    ) -> Result<Run, Error> {
        let mut lines = Vec::new();
        let mut keep = |printed: Printed| {
            heard(&printed);
            if let Printed::Line(line) = printed {
                lines.push(line);
            }
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
        keep: &mut impl FnMut(Printed),
    ) -> Result<(f64, End), Error> {
        let left = limit.saturating_sub(self.start.elapsed());
        let end = match tokio::time::timeout(left, self.ended(keep)).await {
            Ok(status) => end_of(status?),
            Err(_) => End::Killed,
        };
        let took = self.start.elapsed().as_secs_f64();
        self.process.kill();
        let rest = async {
            while let Some(printed) = self.printed.recv().await {
                keep(printed?);
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
        keep: &mut impl FnMut(Printed),
    ) -> Result<ExitStatus, Error> {
        loop {
            tokio::select! {
                Some(printed) = self.printed.recv() => keep(printed?),
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
