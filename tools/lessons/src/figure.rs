//! Figures: what can be asked about a recorded run, and the forms of an answer.
//!
//! Directives, predictions and their choices all name figures by the same words;
//! [`crate::query`] finds their values.

use crate::format;
use crate::problem::Problem;
use std::fmt;
use std::str::FromStr;

/// A figure of one recorded run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figure {
    /// `took`: how long the run took.
    Took,
    /// `span LANE`: how long the lane of this name was.
    Span(String),
    /// `at WORDS`: when the first line with these words was printed.
    At(String),
    /// `count WORDS`: how many lines contain these words.
    Count(String),
    /// `number WORDS`: the whole number that a line has before these words.
    Number(String),
    /// `order`: these words in the order in which they were printed; without
    /// any, the lanes in the order in which they ended.
    Order(Vec<String>),
    /// `end`: how the run ended.
    End,
}

impl Figure {
    /// The first word of its name, which tells its kind.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Took => "took",
            Self::Span(_) => "span",
            Self::At(_) => "at",
            Self::Count(_) => "count",
            Self::Number(_) => "number",
            Self::Order(_) => "order",
            Self::End => "end",
        }
    }
}

impl FromStr for Figure {
    type Err = Problem;

    /// Reads a figure's name and its words: `span coffee`.
    fn from_str(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let (word, words) =
            text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let words = words.trim().to_owned();
        let alone = |figure: Self| match words.as_str() {
            "" => Ok(figure),
            more => Problem::err(
                format!("`{word}` is followed by \"{more}\""),
                format!("write `{word}` alone"),
            ),
        };
        let named = |figure: fn(String) -> Self| match words.as_str() {
            "" => Problem::err(
                "there are no words to look for",
                format!("write `{word}` with words of a printed line"),
            ),
            _ => Ok(figure(words.clone())),
        };
        match word {
            "took" => alone(Self::Took),
            "span" => named(Self::Span),
            "at" => named(Self::At),
            "count" => named(Self::Count),
            "number" => named(Self::Number),
            "order" => alone(Self::Order(Vec::new())),
            "end" => alone(Self::End),
            _ => Problem::err(
                format!("nothing is known of \"{text}\""),
                "ask for took, span LANE, at WORDS, count WORDS, number WORDS, \
                 order or end",
            ),
        }
    }
}

/// The value of a figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Seconds, on the clock of the recording.
    Seconds(f64),
    /// A number of things.
    Count(usize),
    /// Names in an order.
    Order(Vec<String>),
    /// How a run ended.
    End(Outcome),
}

/// As the book writes it: `9.0 s`, `36`, `eggs, toast`, `panics`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seconds(seconds) => f.write_str(&format::seconds(*seconds)),
            Self::Count(count) => count.fmt(f),
            Self::Order(names) => f.write_str(&names.join(", ")),
            Self::End(outcome) => outcome.fmt(f),
        }
    }
}

/// How a program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// By itself.
    Ends,
    /// By a panic.
    Panics,
    /// Not at all.
    NeverEnds,
    /// It is no program.
    DoesNotCompile,
}

impl Outcome {
    const ALL: [Self; 4] = [
        Self::Ends,
        Self::Panics,
        Self::NeverEnds,
        Self::DoesNotCompile,
    ];

    /// The outcome that these words name: `never ends`.
    #[must_use]
    pub fn from_words(words: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.to_string() == words)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ends => "ends",
            Self::Panics => "panics",
            Self::NeverEnds => "never ends",
            Self::DoesNotCompile => "does not compile",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_a_word_and_words() {
        assert_eq!("took".parse(), Ok(Figure::Took));
        assert_eq!(
            "at Toast ready".parse(),
            Ok(Figure::At("Toast ready".into()))
        );
        let cause = |text: &str| {
            let problem = text.parse::<Figure>().expect_err("no figure");
            problem.cause
        };
        assert_eq!(cause("colour"), "nothing is known of \"colour\"");
        assert_eq!(cause("at"), "there are no words to look for");
        assert_eq!(cause("took long"), "`took` is followed by \"long\"");
    }

    #[test]
    fn an_outcome_is_named_by_its_words() {
        for outcome in Outcome::ALL {
            let words = outcome.to_string();
            assert_eq!(Outcome::from_words(&words), Some(outcome));
        }
        assert_eq!(Outcome::from_words("explodes"), None);
    }
}
