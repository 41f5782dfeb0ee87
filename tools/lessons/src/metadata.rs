//! What `lesson.toml` says, read once and into types.

mod raw;

use crate::choice::Choice;
use crate::figure::Figure;
use crate::problem::Fault;
use crate::way::{Kind, Way};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// A value of `lesson.toml` and the line, from 1, where it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The line in `lesson.toml`.
    pub line: usize,
    /// What it says.
    pub value: T,
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
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Its label.
    pub name: String,
    /// Words in the line that begins it.
    pub begins: Located<String>,
    /// Words in the line that ends it.
    pub ends: Option<Located<String>>,
    /// Words in the line at which it is cut off instead.
    pub dropped: Option<Located<String>>,
    /// Whether it may still be under way when the run ends.
    pub unfinished: bool,
    /// The ways that have it; empty for all.
    pub ways: Vec<Way>,
}

impl Lane {
    /// Whether this way has the lane.
    #[must_use]
    pub fn is_for(&self, way: Way) -> bool {
        self.ways.is_empty() || self.ways.contains(&way)
    }
}

/// What kind of event a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MarkKind {
    /// Something failed.
    Error,
    /// Something is tried again.
    Retry,
    /// A limit was over.
    Timeout,
    /// Anything else worth seeing.
    Note,
}

impl MarkKind {
    /// All of them, as a legend lists them.
    pub const ALL: [Self; 4] =
        [Self::Error, Self::Retry, Self::Timeout, Self::Note];

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
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Its label.
    pub name: String,
    /// Words in the lines that tell of it.
    pub at: Located<String>,
    /// What kind of event it is.
    pub kind: MarkKind,
    /// The lane whose bar carries it; without one it has a row of its own.
    pub lane: Option<Located<String>>,
    /// The ways that have it; empty for all.
    pub ways: Vec<Way>,
}

impl Mark {
    /// Whether this way has the mark.
    #[must_use]
    pub fn is_for(&self, way: Way) -> bool {
        self.ways.is_empty() || self.ways.contains(&way)
    }
}

/// A question about a run, asked before the run is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The listing whose run it asks about.
    pub of: Way,
    /// What it asks for.
    pub asks: Located<Figure>,
    /// The question, in Markdown.
    pub question: Located<String>,
    /// The wrong choices: the plausible mistakes.
    pub choices: Vec<Choice>,
    /// Why the answer is right, in Markdown.
    pub why: Located<String>,
}

/// The whole of `lesson.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    /// The lesson in a few words.
    pub title: String,
    /// How long a class needs for it.
    pub minutes: u16,
    /// For an instructor: how one comes to do it wrong, in Markdown.
    pub mistake: Option<Located<String>>,
    /// For an instructor: a question to the room, in Markdown.
    pub ask: Option<Located<String>>,
    /// Its listings.
    pub abouts: BTreeMap<Way, About>,
    /// The bars of its timeline, from top to bottom.
    pub lanes: Vec<Lane>,
    /// The events on its timeline.
    pub marks: Vec<Mark>,
    /// The questions it asks, in order.
    pub predictions: Vec<Prediction>,
}

impl Metadata {
    /// Reads `text`, the content of `file`. What is faulty is left out, and
    /// each fault names its line.
    ///
    /// # Errors
    /// The one fault of a text that is no TOML or has unknown keys.
    pub fn parse(text: &str, file: &Path) -> Result<(Self, Vec<Fault>), Fault> {
        raw::parse(text, file)
    }

    /// What the file says of one listing.
    #[must_use]
    pub fn about(&self, way: Way) -> Option<&About> {
        self.abouts.get(&way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn causes(text: &str) -> Vec<String> {
        let faults = match Metadata::parse(text, Path::new("lesson.toml")) {
            Ok((_, faults)) => faults,
            Err(fault) => vec![fault],
        };
        faults
            .iter()
            .map(|fault| format!("{}: {}", fault.line, fault.problem.cause))
            .collect()
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
    fn a_figure_that_can_not_be_read_is_named_with_its_line() {
        let text = "title = 'x'\n[right_way]\n[[predict]]\n\
                    of = 'right_way'\nasks = 'at'\nquestion = 'q'\n\
                    choices = ['half']\nwhy = 'w'\n";
        assert_eq!(causes(text), ["5: there are no words to look for"]);
        let text = text.replace("'at'", "'took'").replace("'half'", "'third'");
        assert_eq!(
            causes(&text),
            ["5: the choice \"third\" can't be made out"]
        );
    }

    #[test]
    fn a_lane_ends_somewhere_and_has_ways_that_exist() {
        let text = "title = 'x'\n[right_way]\n[[lane]]\nname = 'a'\n\
                    begins = 'b'\n";
        assert_eq!(causes(text), ["5: the lane `a` never ends"]);
        let text = format!("{text}ends = 'c'\nways = ['left_way']\n");
        assert_eq!(causes(&text), ["5: there is no way `left_way`"]);
    }
}
