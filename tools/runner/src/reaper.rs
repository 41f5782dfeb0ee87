//! The reaper: a second process that ends what the server started, should the
//! server be killed before it can do so itself.
//!
//! Its stdin is a pipe from the server: `+4711` names a process group to watch,
//! `-4711` one that has ended. When the pipe closes, the server is gone. On
//! Windows a job object does the same without it.

use std::io::{BufRead, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// The server's end of the pipe.
#[derive(Debug, Clone, Default)]
pub struct Reaper {
    pipe: Option<Arc<Mutex<ChildStdin>>>,
}

/// One group that is watched, until this is dropped.
#[derive(Debug)]
#[must_use = "what is not held is not watched"]
pub struct Ward {
    reaper: Reaper,
    group: Option<u32>,
}

impl Reaper {
    /// Starts this program again, as the reaper. Without one, all is ended
    /// just the same as long as the server is not killed.
    #[must_use]
    pub fn start() -> Self {
        let pipe = if cfg!(unix) { spawn() } else { None };
        Self {
            pipe: pipe.map(|pipe| Arc::new(Mutex::new(pipe))),
        }
    }

    /// Watches the group of this number.
    pub fn watch(&self, group: Option<u32>) -> Ward {
        self.tell('+', group);
        Ward {
            reaper: self.clone(),
            group,
        }
    }

    fn tell(&self, sign: char, group: Option<u32>) {
        let (Some(pipe), Some(group)) = (&self.pipe, group) else {
            return;
        };
        let mut pipe = pipe.lock().unwrap_or_else(PoisonError::into_inner);
        // A reaper that was killed can't be told.
        let _ = writeln!(pipe, "{sign}{group}");
    }
}

impl Drop for Ward {
    fn drop(&mut self) {
        self.reaper.tell('-', self.group);
    }
}

fn spawn() -> Option<ChildStdin> {
    let mut command = Command::new(std::env::current_exe().ok()?);
    command
        .arg("reaper")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        // Ctrl-C is not for the reaper: the server still has work for it.
        command.process_group(0);
    }
    command.spawn().ok()?.stdin
}

/// Is the reaper: reads until the server is gone, and kills what is left.
pub fn watch(server: impl BufRead) {
    for group in left(server) {
        kill(group);
    }
}

/// The groups that were named and have not ended.
fn left(server: impl BufRead) -> Vec<u32> {
    let mut groups = Vec::new();
    for line in server.lines().map_while(Result::ok) {
        let Some((sign, number)) = line.split_at_checked(1) else {
            continue;
        };
        if let Ok(group) = number.parse() {
            groups.retain(|known| *known != group);
            if sign == "+" {
                groups.push(group);
            }
        }
    }
    groups
}

#[cfg(unix)]
fn kill(group: u32) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;
    if let Ok(group) = i32::try_from(group) {
        // It fails where all have ended, which is what is wanted.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
fn kill(_: u32) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_ended_is_left() {
        let told = "+1\n+2\n\nx\n-1\n+3\n-9\n";
        assert_eq!(left(told.as_bytes()), [2, 3]);
    }
}
