//! Why a run ends before its program does.

use crate::order::event::Event;

/// Why, in words for the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It was not even started.
    Refused(String),
    /// It was ended from outside.
    Cut(String),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Refused(format!("{error:#}"))
    }
}

impl From<Failure> for Event {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(why) => Self::Refused { why },
            Failure::Cut(why) => Self::Cut { why },
        }
    }
}
