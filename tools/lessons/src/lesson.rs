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
    /// Whether it may still be under way when the run ends.
    #[serde(default)]
    pub unfinished: bool,
    /// Stems of the ways that have it; empty for all.
    #[serde(default)]
    pub ways: Vec<String>,
}

impl Lane {
    /// Whether this way has the lane.
    #[must_use]
    pub fn is_for(&self, way: Way) -> bool {
        is_among(&self.ways, way)
    }
}

/// What kind of event a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// Something failed.
    Error,
    /// Something is tried again.
    Retry,
    /// A limit was over.
    Timeout,
    /// Anything else worth seeing.
    Note,
}

impl Event {
    /// As in lesson.toml, and as its class on the page.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Retry => "retry",
            Self::Timeout => "timeout",
            Self::Note => "note",
        }
    }
}

/// An event that a timeline marks: each printed line that contains its words.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Its label.
    pub name: String,
    /// Words in the lines that tell of it.
    pub at: Spanned<String>,
    /// What kind of event it is.
    pub kind: Event,
    /// The lane whose bar carries it; without one it has a row of its own.
    pub lane: Option<Spanned<String>>,
    /// Stems of the ways that have it; empty for all.
    #[serde(default)]
    pub ways: Vec<String>,
}

impl Mark {
    /// Whether this way has the mark.
    #[must_use]
    pub fn is_for(&self, way: Way) -> bool {
        is_among(&self.ways, way)
    }
}

fn is_among(stems: &[String], way: Way) -> bool {
    stems.is_empty() || stems.iter().any(|stem| stem == way.stem())
}

/// A question about a run, asked before the run is shown.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// The stem of the listing whose run it asks about.
    pub of: Spanned<String>,
    /// What it asks for: `took`, `span LANE`, `at WORDS`, `count WORDS`,
    /// `number WORDS`, `order` or `end`.
    pub asks: Spanned<String>,
    /// The question, in Markdown.
    pub question: Spanned<String>,
    /// The wrong choices: the plausible mistakes.
    pub choices: Spanned<Vec<String>>,
    /// For `order`, the words of the lines to put in order; lanes without.
    #[serde(default)]
    pub items: Vec<String>,
    /// Why the answer is right, in Markdown.
    pub why: Spanned<String>,
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
    /// For an instructor: how one comes to do it wrong, in Markdown.
    pub mistake: Option<Spanned<String>>,
    /// For an instructor: a question to the room, in Markdown.
    pub ask: Option<Spanned<String>>,
    wrong_way: Option<Spanned<About>>,
    right_way: Option<Spanned<About>>,
    better_way: Option<Spanned<About>>,
    /// The bars of its timeline, from top to bottom.
    #[serde(default, rename = "lane")]
    pub lanes: Vec<Lane>,
    /// The events on its timeline.
    #[serde(default, rename = "mark")]
    pub marks: Vec<Mark>,
    /// The questions it asks, in order.
    #[serde(default, rename = "predict")]
    pub predictions: Vec<Prediction>,
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
        for (span, cause, remedy) in self.drawing_faults() {
            fault(span, cause, remedy);
        }
        for prediction in &self.predictions {
            let stem = prediction.of.get_ref();
            let way = Way::from_stem(stem);
            if way.and_then(|way| self.table(way)).is_none() {
                let cause = format!("the lesson has no `{stem}` to predict");
                fault(prediction.of.span(), cause, "name one of its listings");
            }
        }
        faults
    }
}

type PlacedFault = (Range<usize>, String, &'static str);

impl Metadata {
    /// What is wrong with the lanes and marks.
    fn drawing_faults(&self) -> Vec<PlacedFault> {
        let mut faults: Vec<PlacedFault> = Vec::new();
        for (index, lane) in self.lanes.iter().enumerate() {
            let (name, span) = (&lane.name, lane.begins.span());
            if lane.ends.is_none() && lane.dropped.is_none() && !lane.unfinished
            {
                let cause = format!("the lane `{name}` never ends");
                let remedy = "give it `ends` or `dropped`, or say \
                              `unfinished = true`";
                faults.push((span.clone(), cause, remedy));
            }
            let twin = self.lanes[..index].iter().find(|other| {
                Way::ALL.iter().any(|w| lane.is_for(*w) && other.is_for(*w))
                    && (other.name == *name || other.is_the_same_bar(lane))
            });
            if let Some(twin) = twin {
                let cause =
                    format!("the lanes `{}` and `{name}` are one", twin.name);
                let remedy = "give each a name and words of its own";
                faults.push((span.clone(), cause, remedy));
            }
            faults.extend(unknown_ways(&lane.ways, &span));
        }
        for mark in &self.marks {
            let span = mark.at.span();
            faults.extend(unknown_ways(&mark.ways, &span));
            let Some(name) = &mark.lane else { continue };
            if !self.lanes.iter().any(|lane| lane.name == *name.get_ref()) {
                let cause = format!("there is no lane `{}`", name.get_ref());
                faults.push((name.span(), cause, "name a lane above"));
            }
        }
        faults
    }
}

impl Lane {
    fn is_the_same_bar(&self, other: &Self) -> bool {
        let words = |of: &Option<Spanned<String>>| {
            of.as_ref().map(|words| words.get_ref().clone())
        };
        self.begins.get_ref() == other.begins.get_ref()
            && words(&self.ends) == words(&other.ends)
            && words(&self.dropped) == words(&other.dropped)
    }
}

fn unknown_ways(
    stems: &[String],
    span: &Range<usize>,
) -> impl Iterator<Item = PlacedFault> {
    stems
        .iter()
        .filter(|stem| Way::from_stem(stem).is_none())
        .map(|stem| {
            let cause = format!("there is no way `{stem}`");
            let remedy = "write wrong_way, right_way or better_way";
            (span.clone(), cause, remedy)
        })
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
    fn two_lanes_with_the_same_words_are_one() {
        let lane = "[[lane]]\nname = 'a'\nbegins = 'b'\nends = 'c'\n";
        let twin = lane.replace("'a'", "'d'");
        let text = format!("title = 'x'\n[right_way]\n{lane}{twin}");
        assert_eq!(causes(&text), ["9: the lanes `a` and `d` are one"]);
        let other = twin.replace("'c'", "'e'");
        let text = format!("title = 'x'\n[right_way]\n{lane}{other}");
        assert_eq!(causes(&text), [""; 0]);
    }

    #[test]
    fn a_mark_names_a_lane_that_is_there_and_an_event_that_is_known() {
        let mark = "[[mark]]\nname = 'm'\nat = 'x'\nkind = 'error'\n\
                    lane = 'a'\n";
        let text = format!("title = 'x'\n[right_way]\n{mark}");
        assert_eq!(causes(&text), ["7: there is no lane `a`"]);
        let found = causes(&text.replace("'error'", "'horror'"));
        assert!(found[0].starts_with("6: unknown variant `horror`"));
    }

    #[test]
    fn a_prediction_is_of_a_listing_that_is_there() {
        let text = "title = 'x'\n[right_way]\n[[predict]]\n\
                    of = 'wrong_way'\nasks = 'took'\nquestion = 'q'\n\
                    choices = ['half']\nwhy = 'w'\n";
        assert_eq!(
            causes(text),
            ["4: the lesson has no `wrong_way` to predict"]
        );
    }

    #[test]
    fn a_lane_ends_somewhere() {
        let text = "title = 'x'\n[right_way]\n[[lane]]\nname = 'a'\n\
                    begins = 'b'\n";
        assert_eq!(causes(text), ["5: the lane `a` never ends"]);
    }
}
