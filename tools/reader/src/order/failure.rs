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

impl Failure {
    /// What is to be said of `said` if that is of a disk without room, which says
    /// nothing of the program. A linker that writes to memory which the disk
    /// backs gets a signal instead of an error.
    pub fn of_full_disk(said: &str) -> Option<Self> {
        let words = [
            "No space left on device",
            "os error 28",
            "signal 7 [Bus error]",
        ];
        let is_full = words.iter().any(|words| said.contains(words));
        is_full.then(|| {
            Self::Refused(
                "there is no room on the disk to compile it: make some, then \
                 run it again"
                    .to_owned(),
            )
        })
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        let said = format!("{error:#}");
        Self::of_full_disk(&said).unwrap_or(Self::Refused(said))
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
