//! A process that never outlives its owner.

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use std::io;
use std::process::ExitStatus;
use tokio::process::{ChildStderr, ChildStdout, Command};

/// How much is killed with a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The process itself. What the terminal sends, Ctrl-C above all, it gets
    /// as well.
    Itself,
    /// All that it started besides, as far as that stayed in its process
    /// group (a job object on Windows). The terminal does not reach it.
    Group,
}

/// A process, killed at the latest when this is dropped.
#[derive(Debug)]
pub struct Process {
    /// There until it is dropped.
    child: Option<Box<dyn ChildWrapper>>,
    over: bool,
}

/// What a process is asked for until then.
const THERE: &str = "it is there until it is dropped";

impl Process {
    /// Starts `command`.
    ///
    /// # Errors
    /// If there is no such program, or it can't be started.
    pub fn spawn(command: Command, reach: Reach) -> io::Result<Self> {
        let mut command = CommandWrap::from(command);
        if reach == Reach::Group {
            group(&mut command);
        }
        Ok(Self {
            child: Some(command.spawn()?),
            over: false,
        })
    }

    fn child(&mut self) -> &mut dyn ChildWrapper {
        &mut **self.child.as_mut().expect(THERE)
    }

    /// Its number, which is its group's too; none once it has ended.
    #[must_use]
    pub fn id(&self) -> Option<u32> {
        self.child.as_ref()?.id()
    }

    /// What it prints, if that is piped and was not taken before.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child().stdout().take()
    }

    /// What it prints to stderr, likewise.
    pub fn stderr(&mut self) -> Option<ChildStderr> {
        self.child().stderr().take()
    }

    /// Waits for its end, and kills what it leaves behind within its reach.
    ///
    /// # Errors
    /// What the system says, if the process can't be waited for.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child().wait().await?;
        self.kill();
        Ok(status)
    }

    /// Kills it, and all within its reach.
    pub fn kill(&mut self) {
        if !self.over {
            // It fails where all have ended, which is what is wanted.
            let _ = self.child().start_kill();
        }
        self.over = self.id().is_none();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        // One that was killed stays, as a zombie, until it is waited for. Tokio
        // does that for the first only when something else happens.
        if !self.over
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
            && let Some(mut child) = self.child.take()
        {
            runtime.spawn(async move { child.wait().await });
        }
    }
}

#[cfg(unix)]
fn group(command: &mut CommandWrap) {
    command.wrap(process_wrap::tokio::ProcessGroup::leader());
}

#[cfg(windows)]
fn group(command: &mut CommandWrap) {
    // Both, so that the job ends with the handle to it.
    command
        .wrap(process_wrap::tokio::KillOnDrop)
        .wrap(process_wrap::tokio::JobObject);
}
