//! Why a run ends before its program does.

use crate::event::Event;

/// Why, in words for the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Early {
    /// It was not even started.
    Refused(String),
    /// It was ended from outside.
    Cut(String),
}

impl From<anyhow::Error> for Early {
    fn from(error: anyhow::Error) -> Self {
        Self::Refused(format!("{error:#}"))
    }
}

impl From<Early> for Event {
    fn from(early: Early) -> Self {
        match early {
            Early::Refused(why) => Self::Refused { why },
            Early::Cut(why) => Self::Cut { why },
        }
    }
}
