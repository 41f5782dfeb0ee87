//! What happens, as it happens.

use crate::budget::TooLarge;
use crate::checkpoint::CheckpointError;
use crate::cost::Bill;
use llm_client::{Cause, Error, Remedy};
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
    /// If the summaries become long, there will be no story.
    StoryMayNotFit {
        /// The bound that it may reach.
        cause: TooLarge,
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
        error: &'a Error,
    },
    /// A model will not answer, and another is asked.
    FellBack {
        /// The chunk.
        chunk: usize,
        /// Why.
        error: &'a Error,
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
        error: &'a Error,
    },
    /// The story will not be told by a model, and another is asked.
    StoryFellBack {
        /// Why.
        error: &'a Error,
        /// The other model.
        model: &'a str,
    },
    /// A piece of the story.
    Piece(&'a str),
    /// The story is complete.
    Told,
    /// What it has cost until now.
    Cost(Bill),
    /// The story is told, and the checkpoint can't be deleted.
    Kept {
        /// Why.
        error: &'a CheckpointError,
    },
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
            Self::StoryMayNotFit { cause } => write!(
                f,
                "the story may not fit: it may need {} tokens, of {} at once",
                cause.tokens, cause.burst
            ),
            Self::Stopping => {
                f.write_str("Stopping: what is under way may still end")
            }
            Self::Reducing => f.write_str("The story so far:"),
            Self::ReductionFailed { error } => {
                write!(f, "the story: {}, again soon", Brief(error))
            }
            Self::StoryFellBack { error, model } => {
                write!(f, "the story: {}, so {model}", Brief(error))
            }
            Self::Piece(text) => f.write_str(text),
            Self::Told => Ok(()),
            Self::Cost(bill) => bill.fmt(f),
            Self::Kept { error } => {
                write!(f, "the file of summaries stays: {error}")
            }
            of_a_chunk => of_a_chunk.fmt_chunk(f),
        }
    }
}

impl Event<'_> {
    /// Of the events that are about one chunk: its number, and what happened.
    fn fmt_chunk(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(chunk) = self.chunk() else {
            return Ok(());
        };
        write!(f, "chunk {chunk:02}: ")?;
        match self {
            Self::Asked { model, again, .. } => {
                let again = if *again { " again" } else { "" };
                write!(f, "asking {model}{again}")
            }
            Self::Failed { error, .. } => {
                let told = error.retry_after().is_some();
                let when = if told { "when told" } else { "soon" };
                write!(f, "{}, again {when}", Brief(error))
            }
            Self::FellBack { error, model, .. } => {
                write!(f, "{}, so {model}", Brief(error))
            }
            Self::Hedged { .. } => f.write_str("slow, asking twice"),
            Self::Done { done, of, .. } => write!(f, "done, {done} of {of}"),
            _ => Ok(()),
        }
    }

    /// The chunk that it is about.
    fn chunk(&self) -> Option<usize> {
        match self {
            Self::Asked { chunk, .. }
            | Self::Failed { chunk, .. }
            | Self::FellBack { chunk, .. }
            | Self::Hedged { chunk }
            | Self::Done { chunk, .. } => Some(*chunk),
            _ => None,
        }
    }

    /// Whether it is a 429: one that a limiter is there to avoid.
    #[must_use]
    pub fn is_rate_limit(&self) -> bool {
        match self {
            Self::Failed { error, .. }
            | Self::FellBack { error, .. }
            | Self::StoryFellBack { error, .. }
            | Self::ReductionFailed { error } => {
                error.refusal().and_then(|it| it.status) == Some(429)
            }
            _ => false,
        }
    }
}

/// An error in a few words: a refusal by its status, and by its code where it
/// is final. All of it is told in the end.
pub struct Brief<'a>(pub &'a Error);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.0;
        match &error.cause {
            Cause::Refused(refusal) => {
                match refusal.status {
                    Some(status) => write!(f, "status {status}")?,
                    None => f.write_str("failed in mid-answer")?,
                }
                let passes = matches!(error.remedy(), Remedy::Retry(_));
                if !passes && !refusal.code.is_empty() {
                    write!(f, ", {}", refusal.code)?;
                }
                Ok(())
            }
            cause => cause.fmt(f),
        }
    }
}

/// What a terminal may be shown of a text that a server wrote: a control
/// character could move the cursor, or worse.
#[must_use]
pub fn printable(text: &str) -> String {
    let shown = |it: &char| *it == '\n' || !it.is_control();
    text.chars().filter(shown).collect()
}

/// Prints an event: a line each, and the story as it comes.
///
/// # Errors
/// If standard output is closed, as by `head` when it has enough: `println!`
/// would panic then.
pub fn to_terminal(event: &Event) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let text = printable(&event.to_string());
    match event {
        Event::Piece(_) => write!(out, "{text}")?,
        _ => writeln!(out, "{text}")?,
    }
    // A terminal shows whole lines only, unless it is asked for more.
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_model_writes_can_t_command_the_terminal() {
        let text = "A \u{1b}[2Jtale\r\u{9b}31m\u{7},\nand \u{e9}nd.";
        assert_eq!(printable(text), "A [2Jtale31m,\nand \u{e9}nd.");
    }
}
