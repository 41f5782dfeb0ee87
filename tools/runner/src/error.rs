//! Why there is no run to speak of.

use std::{fmt, io};

/// Why there is no run to speak of.
#[derive(Debug)]
pub enum Error {
    /// The program can't be started, or not be read.
    Io(io::Error),
    /// It printed too much and was killed. What, in words: `10000 lines`.
    TooMuch(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::TooMuch(what) => {
                write!(f, "it printed more than {what} and was killed")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
