//! What happens, as it happens.

use crate::call::{CallError, Remedy};
use std::fmt;
use std::io::{self, Write};

/// Something worth telling. Chunks are counted from 1 here, as people do.
#[derive(Debug)]
pub enum Event<'a> {
    /// The work begins.
    Begun {
        /// So many chunks,
        chunks: usize,
        /// of which so many were done in an earlier run.
        done: usize,
    },
    /// A model is asked about a chunk.
    Asked {
        /// The chunk.
        chunk: usize,
        /// The model.
        model: &'a str,
        /// Whether it was asked before.
        again: bool,
    },
    /// An attempt failed, and there will be another.
    Failed {
        /// The chunk.
        chunk: usize,
        /// Why.
        error: &'a CallError,
    },
    /// A model will not answer, and another is asked.
    FellBack {
        /// The chunk.
        chunk: usize,
        /// Why.
        error: &'a CallError,
        /// The other model.
        model: &'a str,
    },
    /// A call is slow, and there is a second one now.
    Hedged {
        /// The chunk.
        chunk: usize,
    },
    /// A chunk is done, and saved next.
    Done {
        /// The chunk.
        chunk: usize,
        /// So many are done,
        done: usize,
        /// of so many.
        of: usize,
    },
    /// No chunk will be begun any more.
    Stopping,
    /// The summaries are being put together.
    Reducing,
    /// The reduction failed before it said anything, and is asked for again.
    ReductionFailed {
        /// Why.
        error: &'a CallError,
    },
    /// A piece of the story.
    Piece(&'a str),
    /// The story is complete.
    Told,
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Begun { chunks, done: 0 } => {
                write!(f, "{chunks} chunks to summarise")
            }
            Self::Begun { chunks, done } => {
                write!(f, "{chunks} chunks, {done} of them done before")
            }
            Self::Asked {
                chunk,
                model,
                again,
            } => {
                let again = if *again { " again" } else { "" };
                write!(f, "chunk {chunk:02}: asking {model}{again}")
            }
            Self::Failed { chunk, error } => {
                write!(f, "chunk {chunk:02}: {error}")?;
                match error.retry_after() {
                    Some(_) => f.write_str(", again when told"),
                    None => f.write_str(", again soon"),
                }
            }
            Self::FellBack {
                chunk,
                error,
                model,
            } => write!(f, "chunk {chunk:02}: {error}, so {model}"),
            Self::Hedged { chunk } => {
                write!(f, "chunk {chunk:02}: slow, asking twice")
            }
            Self::Done { chunk, done, of } => {
                write!(f, "chunk {chunk:02}: done, {done} of {of}")
            }
            Self::Stopping => {
                f.write_str("Stopping: what is under way may still end")
            }
            Self::Reducing => f.write_str("The story so far:"),
            Self::ReductionFailed { error } => {
                write!(f, "the story: {error}, again soon")
            }
            Self::Piece(text) => f.write_str(text),
            Self::Told => Ok(()),
        }
    }
}

impl Event<'_> {
    /// Whether it is a 429: one that a limiter is there to avoid.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        match self {
            Self::Failed { error, .. }
            | Self::FellBack { error, .. }
            | Self::ReductionFailed { error } => error.is_rate_limit(),
            _ => false,
        }
    }

    /// Whether another model is asked since the first would not answer.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::FellBack { error, .. }
            if error.remedy() == Remedy::OtherModel)
    }
}

/// Prints an event: a line each, and the story as it comes.
///
/// # Panics
/// If standard output is closed, as `println!` does.
pub fn to_terminal(event: &Event) {
    match event {
        Event::Piece(text) => {
            print!("{text}");
            // A terminal shows whole lines only, unless it is asked for more.
            io::stdout().flush().expect("standard output is open");
        }
        event => println!("{event}"),
    }
}
