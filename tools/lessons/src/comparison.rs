//! Holding a run against its recording: text, order, times and end.

use crate::transcript::Transcript;
use regex::Regex;
use similar::{ChangeTag, TextDiff};
use std::fmt;
use std::sync::LazyLock;

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
    /// How much earlier than recorded a line may come, in seconds.
    pub const EARLY: f64 = 0.06;

    /// How much later, on a machine that is on time.
    pub const LATE: f64 = 0.25;

    /// How much of a sleeper's lateness a run may be late besides. To start a
    /// process on a busy machine takes longer than to wake a sleeper.
    pub const LATENESS: f64 = 4.0;

    /// For a run beside which a sleeper was late by `lateness` seconds at
    /// most.
    #[must_use]
    pub fn measured(lateness: f64) -> Self {
        Self {
            early: Self::EARLY,
            late: Self::LATE + Self::LATENESS * lateness,
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
pub const LATE_START: f64 = 1.0;

/// How much earlier. A program whose first line was recorded later than that
/// waited for it, and no machine may be done with a wait sooner.
pub const EARLY_START: f64 = 0.25;

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
pub enum DifferenceKind {
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
    pub kind: DifferenceKind,
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
    let (old, new) = (words(recorded), words(seen));
    if old != new {
        return Err(Difference {
            kind: DifferenceKind::Words,
            diff: text_diff(&old, &new),
        });
    }
    let mut wrong = times(recorded, seen);
    wrong.retain(|time| !allowance.allows(time.recorded, time.seen));
    if wrong.is_empty() {
        return Ok(());
    }
    let rows: Vec<String> = wrong.iter().map(Time::to_string).collect();
    let diff = format!(
        "the times differ (- recorded, + this run; {} earlier and {} later \
         are allowed):\n{}",
        milliseconds(allowance.early),
        milliseconds(allowance.late),
        rows.join("\n")
    );
    let kind = if wrong.iter().all(|time| time.seen > time.recorded) {
        DifferenceKind::Late
    } else {
        DifferenceKind::Times
    };
    Err(Difference { kind, diff })
}

/// What was printed and how it ended, without times.
fn words(transcript: &Transcript) -> String {
    let lines = transcript.lines.iter();
    let lines: String =
        lines.map(|line| unmeasured(&line.text).0 + "\n").collect();
    format!("{lines}= {}\n", transcript.end)
}

/// One time of a recording and of a run, in seconds.
struct Time {
    recorded: f64,
    seen: f64,
    /// The line that has it.
    line: String,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            recorded,
            seen,
            line,
        } = self;
        write!(f, "- {recorded:7.3} | {line}\n+ {seen:7.3} | {line}")
    }
}

/// All times of two runs that print the same words: of each line, in it, and of
/// the end.
fn times(recorded: &Transcript, seen: &Transcript) -> Vec<Time> {
    let start = late_start(recorded, seen);
    let time = |recorded: f64, seen: f64, line: &str| Time {
        recorded,
        seen,
        line: line.to_owned(),
    };
    let mut all = Vec::new();
    for (old, new) in recorded.lines.iter().zip(&seen.lines) {
        all.push(time(old.at, new.at - start, &old.text));
        let told = unmeasured(&old.text).1.into_iter();
        for (a, b) in told.zip(unmeasured(&new.text).1) {
            // Both are rounded to what is printed.
            all.push(time(a, b - 0.05 * f64::from(b > a), &old.text));
        }
    }
    let end = format!("= {}", recorded.end);
    all.push(time(recorded.took, seen.took - start, &end));
    all
}

fn milliseconds(seconds: f64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{End, breakfast};

    const ALLOWANCE: Allowance = Allowance {
        early: 0.05,
        late: 0.3,
    };

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
        assert_eq!(late.kind, DifferenceKind::Late);
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
        assert_eq!(early.kind, DifferenceKind::Times);
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
        assert_eq!(order.kind, DifferenceKind::Words);
        let diff = order.diff;
        assert!(diff.contains("- Coffee ready!"), "{diff}");
        assert!(diff.contains("+ = exit 101"), "{diff}");
    }
}
