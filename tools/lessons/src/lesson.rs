//! Lessons and their metadata: what `lesson.toml` says.

use crate::fault::{Fault, line_of};
use serde::Deserialize;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;

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

/// What `lesson.toml` says of one listing.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The notebook cells that it mirrors.
    #[serde(default)]
    pub cells: Vec<u8>,
    /// For a wrong way, and only there.
    pub kind: Option<Kind>,
    /// The lint that rustc reports for it.
    pub warns: Option<String>,
    /// The code of the compile error.
    pub error: Option<String>,
    /// For a hang: when the run is ended, in seconds.
    pub kill_after_s: Option<f64>,
}

/// One bar of a lesson's timeline.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// Its label.
    pub name: String,
    /// Words in the line that begins it.
    pub begins: Spanned<String>,
    /// Words in the line that ends it.
    pub ends: Option<Spanned<String>>,
    /// Words in the line at which it is cut off instead.
    pub dropped: Option<Spanned<String>>,
    /// Stems of the ways that have it; empty for all.
    #[serde(default)]
    pub ways: Vec<String>,
}

impl Lane {
    /// Whether this way has the lane.
    #[must_use]
    pub fn is_for(&self, way: Way) -> bool {
        self.ways.is_empty() || self.ways.iter().any(|stem| stem == way.stem())
    }
}

/// The whole of `lesson.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// The lesson in a few words.
    pub title: String,
    /// How long a class needs for it.
    #[serde(default)]
    pub minutes: u16,
    wrong_way: Option<Spanned<About>>,
    right_way: Option<Spanned<About>>,
    better_way: Option<Spanned<About>>,
    /// The bars of its timeline, from top to bottom.
    #[serde(default, rename = "lane")]
    pub lanes: Vec<Lane>,
}

impl Metadata {
    /// Reads `text`, the content of `file`; faults carry that name.
    ///
    /// # Errors
    /// All that is wrong with it: TOML, unknown keys, a wrong way without a
    /// kind, a kind without its proof.
    pub fn parse(text: &str, file: &Path) -> Result<Self, Vec<Fault>> {
        let parsed: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| line_of(text, span.start));
            vec![Fault::new(
                file,
                at,
                error.message().trim().to_owned(),
                "see the table «lesson.toml» in CONTRIBUTING.md",
            )]
        })?;
        let faults = parsed.faults(text, file);
        if faults.is_empty() {
            Ok(parsed)
        } else {
            Err(faults)
        }
    }

    /// What the file says of one listing.
    #[must_use]
    pub fn about(&self, way: Way) -> Option<&About> {
        self.table(way).map(Spanned::get_ref)
    }

    fn table(&self, way: Way) -> Option<&Spanned<About>> {
        match way {
            Way::Wrong => self.wrong_way.as_ref(),
            Way::Right => self.right_way.as_ref(),
            Way::Better => self.better_way.as_ref(),
        }
    }

    fn faults(&self, text: &str, file: &Path) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |span: Range<usize>, cause: String, remedy: &str| {
            let line = line_of(text, span.start);
            faults.push(Fault::new(file, line, cause, remedy));
        };
        for way in Way::ALL {
            let Some(table) = self.table(way) else {
                continue;
            };
            for (cause, remedy) in about_faults(way, table.get_ref()) {
                fault(table.span(), cause, remedy);
            }
        }
        for lane in &self.lanes {
            let span = lane.begins.span();
            if lane.ends.is_none() && lane.dropped.is_none() {
                let cause = format!("the lane `{}` never ends", lane.name);
                fault(span.clone(), cause, "give it `ends` or `dropped`");
            }
            for stem in &lane.ways {
                if Way::from_stem(stem).is_none() {
                    let cause = format!("there is no way `{stem}`");
                    let remedy = "write wrong_way, right_way or better_way";
                    fault(span.clone(), cause, remedy);
                }
            }
        }
        faults
    }
}

/// What does not fit together in one listing's table.
fn about_faults(way: Way, about: &About) -> Vec<(String, &'static str)> {
    let mut faults = Vec::new();
    let stem = way.stem();
    match (way, about.kind) {
        (Way::Wrong, None) => faults.push((
            format!("{stem} has no `kind`"),
            "say what kind of wrong it is, as CONTRIBUTING.md lists them",
        )),
        (Way::Right | Way::Better, Some(_)) => faults.push((
            format!("{stem} has a `kind`, but nothing is wrong with it"),
            "take it out",
        )),
        _ => {}
    }
    let proofs = [
        (
            Kind::CompileError,
            about.error.is_some(),
            "error = \"E0277\"",
        ),
        (Kind::Hang, about.kill_after_s.is_some(), "kill_after_s = 3"),
        (
            Kind::CompilerWarning,
            about.warns.is_some(),
            "warns = \"lint\"",
        ),
    ];
    for (kind, proven, key) in proofs {
        if (about.kind == Some(kind)) != proven {
            faults.push((
                format!("{stem}: `{kind}` and `{key}` go together"),
                "write both or neither",
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(text: &str) -> Vec<String> {
        match Metadata::parse(text, Path::new("lesson.toml")) {
            Ok(_) => Vec::new(),
            Err(faults) => faults
                .iter()
                .map(|fault| format!("{}: {}", fault.line, fault.cause))
                .collect(),
        }
    }

    #[test]
    fn what_a_lesson_needs_is_enough() {
        assert_eq!(causes("title = 'x'\n[right_way]\ncells = [2]"), [""; 0]);
    }

    #[test]
    fn a_wrong_way_says_what_is_wrong_with_it() {
        assert_eq!(
            causes("title = 'x'\n[wrong_way]\ncells = [1]"),
            ["2: wrong_way has no `kind`"]
        );
    }

    #[test]
    fn a_compile_error_names_its_code() {
        assert_eq!(
            causes("title = 'x'\n[wrong_way]\nkind = 'compile error'"),
            [
                "2: wrong_way: `compile error` and `error = \"E0277\"` go together"
            ]
        );
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let found = causes("title = 'x'\n[right_way]\nsells = [1]");
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("3: unknown field `sells`"),
            "{found:?}"
        );
    }

    #[test]
    fn a_lane_ends_somewhere() {
        let text = "title = 'x'\n[right_way]\n[[lane]]\nname = 'a'\n\
                    begins = 'b'\n";
        assert_eq!(causes(text), ["5: the lane `a` never ends"]);
    }
}
