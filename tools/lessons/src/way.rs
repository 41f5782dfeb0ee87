//! The ways of a lesson, and how its listings are named.

use crate::problem::Problem;
use serde::Deserialize;
use std::fmt;
use std::str::FromStr;

/// Which listing of its lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// The mistake, with what it costs.
    Wrong,
    /// What to write instead.
    Right,
    /// What to write where it fits.
    Better,
}

impl Way {
    /// All ways, in the order in which a chapter shows them.
    pub const ALL: [Self; 3] = [Self::Wrong, Self::Right, Self::Better];

    /// As in file names, directives and lesson.toml: `wrong_way`.
    #[must_use]
    pub fn stem(self) -> &'static str {
        match self {
            Self::Wrong => "wrong_way",
            Self::Right => "right_way",
            Self::Better => "better_way",
        }
    }

    /// As a reader sees it: `Wrong way`.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Wrong => "Wrong way",
            Self::Right => "Right way",
            Self::Better => "Better way",
        }
    }

    /// The sign that goes with the word, for those who see no colour.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Wrong => "✗",
            Self::Right => "✓",
            Self::Better => "✓✓",
        }
    }

    /// As in binaries and classes: `wrong-way`.
    #[must_use]
    pub fn dashed(self) -> &'static str {
        match self {
            Self::Wrong => "wrong-way",
            Self::Right => "right-way",
            Self::Better => "better-way",
        }
    }

    /// The way with this stem.
    #[must_use]
    pub fn from_stem(stem: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.stem() == stem)
    }
}

impl FromStr for Way {
    type Err = Problem;

    fn from_str(stem: &str) -> Result<Self, Problem> {
        Self::from_stem(stem).ok_or_else(|| {
            Problem::new(
                format!("there is no way `{stem}`"),
                "write wrong_way, right_way or better_way",
            )
        })
    }
}

/// The name of a listing: `breakfast/wrong_way`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListingId {
    /// The name of its lesson.
    pub lesson: String,
    /// Which listing of that lesson.
    pub way: Way,
}

impl ListingId {
    /// The name of its binary: `breakfast-wrong-way`.
    #[must_use]
    pub fn bin(&self) -> String {
        format!("{}-{}", self.lesson, self.way.dashed())
    }
}

impl fmt::Display for ListingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.lesson, self.way.stem())
    }
}

/// What is wrong with a wrong way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It takes longer than it needs to.
    Slow,
    /// What it asks for never happens.
    #[serde(rename = "never runs")]
    NeverRuns,
    /// It throws away what it had.
    #[serde(rename = "loses data")]
    LosesData,
    /// It does something too often, or pays for nothing.
    Counts,
    /// Things come in another order than it believes.
    Order,
    /// The compiler warns of it.
    #[serde(rename = "compiler warning")]
    CompilerWarning,
    /// It does not compile.
    #[serde(rename = "compile error")]
    CompileError,
    /// It panics.
    Panic,
    /// It never ends.
    Hang,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Slow => "slow",
            Self::NeverRuns => "never runs",
            Self::LosesData => "loses data",
            Self::Counts => "counts",
            Self::Order => "order",
            Self::CompilerWarning => "compiler warning",
            Self::CompileError => "compile error",
            Self::Panic => "panic",
            Self::Hang => "hang",
        })
    }
}
