//! Transcripts: what a listing printed, when, and how it ended.
//!
//! Times are seconds on the real clock since the process was started.

use crate::figure;
use regex::Regex;
use similar::{ChangeTag, TextDiff};
use std::fmt;
use std::sync::LazyLock;

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

/// A transcript file that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub cause: String,
}

const HEAD: &str = "# Recorded by `cargo run -- record`, not written by hand: \
every `cargo test` runs the\n# program again and compares.\n";

impl Transcript {
    /// Reads the text of a transcript file.
    ///
    /// # Errors
    /// The first line that is not of the form that [`Self::to_file`] writes.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let mut program = None;
        let mut lines = Vec::new();
        let mut end = None;
        for (index, row) in text.lines().enumerate() {
            let fail = |cause: &str| Unreadable {
                line: index + 1,
                cause: cause.to_owned(),
            };
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
                split(row).ok_or_else(|| fail("not «seconds | text»"))?;
            if sign == '=' {
                let how = End::parse(text)
                    .ok_or_else(|| fail("not «exit N», «killed»"))?;
                end = Some((at, how));
            } else {
                lines.push(Line {
                    at,
                    text: text.to_owned(),
                });
            }
        }
        let missing = |cause: &str| Unreadable {
            line: text.lines().count().max(1),
            cause: cause.to_owned(),
        };
        let (took, end) =
            end.ok_or_else(|| missing("the line with the end is missing"))?;
        let program =
            program.ok_or_else(|| missing("the line `program` is missing"))?;
        Ok(Self {
            program,
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

/// How far a run may differ in time from its recording, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allowance {
    /// How much earlier than recorded a line may come: the recording was late
    /// itself.
    pub early: f64,
    /// How much later.
    pub late: f64,
}

impl Allowance {
    /// For a run beside which a sleeper was late by `lateness` seconds at
    /// most. To start a process on a busy machine takes longer than to wake a
    /// sleeper, hence the factor and the fixed part.
    #[must_use]
    pub fn measured(lateness: f64) -> Self {
        Self {
            early: 0.06,
            late: 0.25 + 4.0 * lateness,
        }
    }

    fn allows(self, recorded: f64, seen: f64) -> bool {
        recorded - self.early <= seen && seen <= recorded + self.late
    }
}

static MEASURED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b\d+\.\d+(?: s\b)").expect("a valid pattern")
});

/// A line with the times in it (`4.0 s`) taken out, and those times.
fn unmeasured(text: &str) -> (String, Vec<f64>) {
    let times = MEASURED
        .find_iter(text)
        .filter_map(|found| found.as_str().trim_end_matches(" s").parse().ok())
        .collect();
    (MEASURED.replace_all(text, "<time> s").into_owned(), times)
}

/// How much later than the recorded run a run may start, in seconds.
const LATE_START: f64 = 1.0;

/// How much earlier. A program whose first line was recorded later than that
/// waited for it, and no machine may be done with a wait sooner.
const EARLY_START: f64 = 0.25;

/// By how many seconds the run started later than the recorded one, or, if less
/// than zero, earlier: what all its times have in common. A program that was just
/// built must be read from the disk, and one that computes before its first line
/// does so faster on another machine. Both move its start and nothing else.
fn late_start(recorded: &Transcript, seen: &Transcript) -> f64 {
    let lines = recorded.lines.iter().zip(&seen.lines);
    let end = seen.took - recorded.took;
    let later = lines.map(|(old, new)| new.at - old.at);
    let (least, most) = later.fold((end, end), |(least, most), later| {
        (later.min(least), later.max(most))
    });
    let first = recorded.lines.first().map_or(0.0, |line| line.at);
    let early = if first <= EARLY_START {
        EARLY_START
    } else {
        0.0
    };
    least.clamp(0.0, LATE_START) + most.clamp(-early, 0.0)
}

/// In what a run differs from its recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In what it printed, or in how it ended.
    Words,
    /// In when it did that.
    Times,
    /// It was later than it may be, and differs in nothing else.
    Late,
}

/// How a run differs from its recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// In what.
    pub kind: Kind,
    /// A diff that a person can read.
    pub diff: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diff)
    }
}

/// Holds a run against its recording: text, order, times and end.
///
/// # Errors
/// What differs.
pub fn compare(
    recorded: &Transcript,
    seen: &Transcript,
    allowance: Allowance,
) -> Result<(), Difference> {
    let words = |transcript: &Transcript| -> String {
        let lines = transcript.lines.iter();
        let mut all: String =
            lines.map(|line| unmeasured(&line.text).0 + "\n").collect();
        all += &format!("= {}\n", transcript.end);
        all
    };
    let (old, new) = (words(recorded), words(seen));
    if old != new {
        return Err(Difference {
            kind: Kind::Words,
            diff: text_diff(&old, &new),
        });
    }
    let mut wrong = Vec::new();
    let mut is_late = true;
    let mut check = |recorded: f64, seen: f64, what: &str| {
        if !allowance.allows(recorded, seen) {
            is_late &= seen > recorded;
            wrong.push(format!(
                "- {recorded:7.3} | {what}\n+ {seen:7.3} | {what}"
            ));
        }
    };
    let start = late_start(recorded, seen);
    for (old, new) in recorded.lines.iter().zip(&seen.lines) {
        check(old.at, new.at - start, &old.text);
        let times = unmeasured(&old.text).1.into_iter();
        for (a, b) in times.zip(unmeasured(&new.text).1) {
            // Both are rounded to what is printed.
            check(a, b - 0.05 * f64::from(b > a), &old.text);
        }
    }
    check(
        recorded.took,
        seen.took - start,
        &format!("= {}", recorded.end),
    );
    if wrong.is_empty() {
        return Ok(());
    }
    let diff = format!(
        "the times differ (- recorded, + this run; {} earlier and {} later \
         are allowed):\n{}",
        figure_ms(allowance.early),
        figure_ms(allowance.late),
        wrong.join("\n")
    );
    let kind = if is_late { Kind::Late } else { Kind::Times };
    Err(Difference { kind, diff })
}

fn figure_ms(seconds: f64) -> String {
    format!("{:.0} ms", seconds * 1000.0)
}

fn text_diff(old: &str, new: &str) -> String {
    let mut out = String::from("the lines differ (- recorded, + this run):\n");
    for change in TextDiff::from_lines(old, new).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => ' ',
        };
        out += &format!("{sign} {change}");
    }
    out
}

impl Transcript {
    /// How long the run took, as the book writes it.
    #[must_use]
    pub fn took_figure(&self) -> String {
        figure::seconds(self.took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breakfast() -> Transcript {
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

    const ALLOWANCE: Allowance = Allowance {
        early: 0.05,
        late: 0.3,
    };

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
        assert_eq!(error.line, 5);
        let error = Transcript::parse("program x\n").expect_err("no end");
        assert_eq!(error.cause, "the line with the end is missing");
    }

    #[test]
    fn a_run_on_time_agrees() {
        let mut run = breakfast();
        run.lines[1].at += 0.2;
        run.lines[3].text = "Served after 3.2 s".to_owned();
        run.took += 0.2;
        assert_eq!(compare(&breakfast(), &run, ALLOWANCE), Ok(()));
    }

    #[test]
    fn a_late_start_is_no_late_line() {
        let later = |by: f64| {
            let mut run = breakfast();
            run.lines.iter_mut().for_each(|line| line.at += by);
            run.took += by;
            run
        };
        assert_eq!(compare(&breakfast(), &later(0.9), ALLOWANCE), Ok(()));
        assert!(compare(&breakfast(), &later(1.4), ALLOWANCE).is_err());
    }

    #[test]
    fn a_start_that_was_recorded_late_makes_no_early_line() {
        let recorded_later = |by: f64| {
            let mut recorded = breakfast();
            recorded.lines.iter_mut().for_each(|line| line.at += by);
            recorded.took += by;
            compare(&recorded, &breakfast(), ALLOWANCE)
        };
        assert_eq!(recorded_later(0.2), Ok(()));
        // It waited for its first line.
        assert!(recorded_later(0.26).is_err());
        assert!(recorded_later(1.0).is_err());
    }

    #[test]
    fn a_late_line_is_shown_with_both_times() {
        let mut run = breakfast();
        run.lines[1].at = 4.0;
        let late = compare(&breakfast(), &run, ALLOWANCE).expect_err("late");
        assert_eq!(late.kind, Kind::Late);
        let diff = late.diff;
        assert!(diff.contains("-   3.004 | Coffee ready!"), "{diff}");
        assert!(diff.contains("+   4.000 | Coffee ready!"), "{diff}");
    }

    #[test]
    fn an_early_line_and_an_early_end_are_errors() {
        let mut run = breakfast();
        run.lines[1].at = 2.9;
        // That the end is late besides makes it no mere lateness.
        run.took = 4.0;
        let early = compare(&breakfast(), &run, ALLOWANCE).expect_err("early");
        assert_eq!(early.kind, Kind::Times);
        let mut run = breakfast();
        run.took = 1.0;
        assert!(compare(&breakfast(), &run, ALLOWANCE).is_err());
    }

    #[test]
    fn a_time_that_a_line_tells_is_held_too() {
        let mut run = breakfast();
        run.lines[3].text = "Served after 5.0 s".to_owned();
        assert!(compare(&breakfast(), &run, ALLOWANCE).is_err());
    }

    #[test]
    fn other_words_order_or_end_are_shown_as_a_diff() {
        let mut run = breakfast();
        run.lines.swap(0, 1);
        run.end = End::Exit(101);
        let order = compare(&breakfast(), &run, ALLOWANCE).expect_err("order");
        assert_eq!(order.kind, Kind::Words);
        let diff = order.diff;
        assert!(diff.contains("- Coffee ready!"), "{diff}");
        assert!(diff.contains("+ = exit 101"), "{diff}");
    }
}
