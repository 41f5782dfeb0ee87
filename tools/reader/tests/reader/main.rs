//! The reader: its commands, and what its server does for a page over HTTP, and
//! for nobody else. Each hostile or clumsy request has its status and its words,
//! and leaves no process, no file and no port behind.
//!
//! One program, so that tests that wait do so at the same time.

mod commands;

// The others look at processes as Unix shows them.
#[cfg(unix)]
mod access;
#[cfg(target_os = "linux")]
mod accounts;
#[cfg(unix)]
mod author;
#[cfg(unix)]
mod client;
#[cfg(unix)]
mod hostile;
#[cfg(unix)]
mod rebuilds;
#[cfg(unix)]
mod refusals;
#[cfg(unix)]
mod runs;
#[cfg(unix)]
mod served;
