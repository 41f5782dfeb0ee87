//! Transcripts: what a listing printed, when, and how it ended.
//!
//! Times are seconds on the real clock since the process was started.

use crate::format;
use std::fmt;

/// One printed line and the time of its arrival.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Seconds since the start of the process.
    pub at: f64,
    /// The line, without its end.
    pub text: String,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// With this exit status. A panic in `main` is 101.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// Killed when its time was up: it hung, as a hanging listing should.
    Killed,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit {code}"),
            Self::Signal(number) => write!(f, "signal {number}"),
            Self::Killed => write!(f, "killed"),
        }
    }
}

impl End {
    fn parse(text: &str) -> Option<Self> {
        if text == "killed" {
            return Some(Self::Killed);
        }
        let (word, number) = text.split_once(' ')?;
        let number = number.parse().ok()?;
        match word {
            "exit" => Some(Self::Exit(number)),
            "signal" => Some(Self::Signal(number)),
            _ => None,
        }
    }
}

/// What a listing printed, when, and how it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// The fingerprint of the program that ran.
    pub program: String,
    /// What it printed, in order.
    pub lines: Vec<Line>,
    /// Seconds from its start to its end.
    pub took: f64,
    /// How it ended.
    pub end: End,
}

const HEAD: &str = "# Recorded by `cargo run -- record`, not written by hand: \
every `cargo test` runs the\n# program again and compares.\n";

impl Transcript {
    /// Reads the text of a transcript file.
    ///
    /// # Errors
    /// The first line, from 1, that is not of the form that [`Self::to_file`]
    /// writes, and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut program = None;
        let mut lines = Vec::new();
        let mut end = None;
        for (number, row) in (1..).zip(text.lines()) {
            let fail = |cause: &str| (number, cause.to_owned());
            if row.starts_with('#') {
                continue;
            }
            if let Some(name) = row.strip_prefix("program ") {
                program = Some(name.trim().to_owned());
                continue;
            }
            if end.is_some() {
                return Err(fail("a line after the end of the run"));
            }
            let (at, sign, text) =
                split(row).ok_or_else(|| fail("not \"seconds | text\""))?;
            let text = text.to_owned();
            match (sign, End::parse(&text)) {
                ('=', Some(how)) => end = Some((at, how)),
                ('=', None) => {
                    return Err(fail("not \"exit N\" or \"killed\""));
                }
                _ => lines.push(Line { at, text }),
            }
        }
        let last = text.lines().count().max(1);
        let missing = |cause: &str| (last, cause.to_owned());
        let (took, end) =
            end.ok_or_else(|| missing("the line with the end is missing"))?;
        Ok(Self {
            program: program
                .ok_or_else(|| missing("the line `program` is missing"))?,
            lines,
            took,
            end,
        })
    }

    /// The text of its file.
    #[must_use]
    pub fn to_file(&self) -> String {
        use fmt::Write;
        let mut text = format!("{HEAD}program {}\n", self.program);
        let mut row = |at: f64, sign: char, words: &str| {
            writeln!(text, "{at:7.3} {sign} {words}").expect("a String");
        };
        for line in &self.lines {
            row(line.at, '|', &line.text);
        }
        row(self.took, '=', &self.end.to_string());
        text.replace(" \n", "\n")
    }

    /// The place of the first line at or after `from` that contains `words`.
    #[must_use]
    pub fn find(&self, words: &str, from: usize) -> Option<usize> {
        let rest = self.lines.get(from..)?;
        let found = rest.iter().position(|line| line.text.contains(words))?;
        Some(from + found)
    }

    /// How long the run took, as the book writes it.
    #[must_use]
    pub fn took_figure(&self) -> String {
        format::seconds(self.took)
    }

    /// How many lines contain `words`.
    #[must_use]
    pub fn count(&self, words: &str) -> usize {
        self.lines
            .iter()
            .filter(|line| line.text.contains(words))
            .count()
    }
}

fn split(row: &str) -> Option<(f64, char, &str)> {
    let row = row.trim_start();
    let (at, rest) = row.split_once(' ')?;
    let at = at.parse().ok().filter(|&at: &f64| at >= 0.0)?;
    let sign = rest.chars().next().filter(|c| matches!(c, '|' | '='))?;
    let text = &rest[1..];
    Some((at, sign, text.strip_prefix(' ').unwrap_or(text)))
}

/// A run for tests, here and of the comparison.
#[cfg(test)]
pub(crate) fn breakfast() -> Transcript {
    let line = |at, text: &str| Line {
        at,
        text: text.to_owned(),
    };
    Transcript {
        program: "0123456789abcdef".to_owned(),
        lines: vec![
            line(0.002, "Brewing coffee..."),
            line(3.004, "Coffee ready!"),
            line(3.004, ""),
            line(3.004, "Served after 3.0 s"),
        ],
        took: 3.006,
        end: End::Exit(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_survives_its_file() {
        let text = breakfast().to_file();
        assert!(text.contains("\n  3.004 | Coffee ready!\n"), "{text}");
        assert_eq!(Transcript::parse(&text), Ok(breakfast()));
    }

    #[test]
    fn a_spoilt_file_names_its_line() {
        let text = breakfast().to_file().replace("  3.004 | Coffee", "soon");
        let error = Transcript::parse(&text).expect_err("spoilt");
        assert_eq!(error.0, 5);
        let error = Transcript::parse("program x\n").expect_err("no end");
        assert_eq!(error.1, "the line with the end is missing");
    }
}
