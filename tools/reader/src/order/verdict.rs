//! Whether a run did as its lesson says: the comparison of `cargo test`, for
//! the page.

use crate::order::compile::Compiled;
use crate::order::edited::Edited;
use crate::order::ending;
use crate::order::event::{Ended, Verdict, rounded};
use lessons::comparison::{self, Allowance, Difference, DifferenceKind};
use lessons::transcript::{End, Transcript};
use lessons::{Listing, format};
use runner::record;
use runner::run::Run;

/// Holds a run of `listing` against the recorded one; or of `source`, which the
/// page made of it.
pub fn of_run(listing: &Listing, source: Option<&str>, run: &Run) -> Ended {
    let (claim, why, diff) = match (source, &listing.transcript) {
        (None, _) => match held(listing, run) {
            Ok(()) => (Some(Verdict::Met), as_recorded(run.end), None),
            Err((why, diff)) => (Some(Verdict::NotMet), why, diff),
        },
        (Some(source), Some(recorded)) => {
            of_edited((source, run), (listing.source.text(), recorded))
        }
        (Some(_), None) => (None, compiles_now(listing, run), None),
    };
    Ended {
        took: Some(rounded(run.took)),
        how: run.end.to_string(),
        recorded: listing.took(),
        claim,
        why,
        diff,
    }
}

fn as_recorded(end: End) -> String {
    let held = "it did as recorded: the same lines, in the same order, at the \
                same times";
    if end == End::Killed {
        return format!(
            "{held}. It would not have ended by itself, and was stopped"
        );
    }
    format!("{held}, to the same end")
}

/// A program that was edited, beside the original. It has met the claim if it
/// does the same; that it must is not said.
fn of_edited(
    (source, run): (&str, &Run),
    (original, recorded): (&str, &Transcript),
) -> (Option<Verdict>, String, Option<String>) {
    let seen = Transcript {
        program: String::new(),
        lines: run.lines.clone(),
        took: run.took,
        end: run.end,
    };
    let allowance = Allowance::measured(run.lateness);
    match comparison::compare(recorded, &seen, allowance) {
        Ok(()) => (Some(Verdict::Met), as_recorded(run.end), None),
        Err(difference) => {
            let edited = Edited {
                source,
                seen: &seen,
                original,
                recorded,
            };
            (None, edited.in_words(), Some(difference.diff))
        }
    }
}

/// What an edited program did whose original does not compile.
fn compiles_now(listing: &Listing, run: &Run) -> String {
    let took = format::seconds(run.took);
    let how = ending::in_words(run.end);
    match &listing.about.error {
        Some(code) => format!(
            "it compiles, and ended after {took} ({how}); {code} stops the \
             original"
        ),
        None => format!(
            "it ended after {took} ({how}); there is no recorded run to hold \
             it against"
        ),
    }
}

/// # Errors
/// How it differs, in words and as a diff.
fn held(listing: &Listing, run: &Run) -> Result<(), (String, Option<String>)> {
    let Some(recorded) = &listing.transcript else {
        let why = match &listing.about.error {
            Some(code) => {
                format!("it compiles; the lesson says that {code} stops it")
            }
            None => format!(
                "there is no recorded run to hold it against: run `cargo run \
                 -- record {}`",
                listing.lesson()
            ),
        };
        return Err((why, None));
    };
    if recorded.program != listing.fingerprint() {
        let why = format!(
            "the recorded run is of another program: run `cargo run -- record \
             {}`",
            listing.lesson()
        );
        return Err((why, None));
    }
    let seen = record::transcript(listing, run)
        .map_err(|error| (format!("{error:#}"), None))?;
    let allowance = Allowance::measured(run.lateness);
    comparison::compare(recorded, &seen, allowance).map_err(|difference| {
        (
            in_words(recorded, &seen, &difference),
            Some(difference.diff),
        )
    })
}

/// What the reader should look at first.
fn in_words(
    recorded: &Transcript,
    seen: &Transcript,
    difference: &Difference,
) -> String {
    let (took, was) = (seen.took_figure(), recorded.took_figure());
    if seen.end != recorded.end {
        if let Some(panic) = ending::panic(seen) {
            let at = format::seconds(panic.at);
            return format!("it panicked after {at}: {}", panic.said);
        }
        if let Some(why) = ending::aborted(seen) {
            return format!("{why} after {took}");
        }
        return format!(
            "it ended otherwise than recorded: after {took} by {}, and not \
             after {was} by {}",
            ending::in_words(seen.end),
            ending::in_words(recorded.end)
        );
    }
    let other = format!("it took {took}, and the recorded run {was}");
    match difference.kind {
        DifferenceKind::Late => format!(
            "it was later than recorded, {took} against {was}, and the \
             machine's own lateness does not explain it: run it again"
        ),
        DifferenceKind::Words if took == was => {
            "it printed other lines than recorded".to_owned()
        }
        DifferenceKind::Words => {
            format!("{other}; it printed other lines, too")
        }
        DifferenceKind::Times if took == was => {
            "it printed its lines at other times than recorded".to_owned()
        }
        DifferenceKind::Times => other,
    }
}

/// Judges a program that rustc refuses; `hint` is what helps, where more is known
/// than rustc knows.
pub fn of_errors(
    listing: &Listing,
    edited: bool,
    compiled: &Compiled,
    hint: Option<String>,
) -> Ended {
    let expected = listing.about.error.as_ref();
    let held = expected.is_some_and(|code| compiled.has_error(code));
    let (count, them) = match compiled.errors().count() {
        1 => ("1 error".to_owned(), "it"),
        count => (format!("{count} errors"), "them"),
    };
    let why = match expected {
        Some(code) if held => {
            format!("rustc refuses it with {code}, as the lesson says")
        }
        Some(code) => {
            format!("rustc refuses it with {count}, but not with {code}")
        }
        None => format!("rustc refuses it with {count}: fix {them} first"),
    };
    let hint = hint.map(|hint| format!(". {hint}")).unwrap_or_default();
    Ended {
        took: None,
        how: "does not compile".to_owned(),
        recorded: listing.took(),
        // Of what the reader writes nobody has said that it compiles.
        claim: (held || !edited).then(|| Verdict::from(held)),
        why: why + &hint,
        diff: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessons::transcript::Line;

    const RECORDED: &str = "program x
  0.000 | Brewing
  9.000 | Served after 9.0 s
  9.000 = exit 0
";

    fn words(edit: impl Fn(&mut Transcript)) -> String {
        let recorded = Transcript::parse(RECORDED).expect("valid");
        let mut seen = recorded.clone();
        edit(&mut seen);
        let allowance = Allowance::measured(0.0);
        let difference = comparison::compare(&recorded, &seen, allowance);
        let difference = difference.expect_err("it differs");
        in_words(&recorded, &seen, &difference)
    }

    fn line(text: &str) -> Line {
        let text = text.to_owned();
        Line { at: 6.0, text }
    }

    #[test]
    fn a_failed_assertion_is_told_in_its_own_words() {
        let words = words(|run| {
            run.lines.truncate(1);
            run.lines.extend([
                line("thread 'main' panicked at src/wrong_way.rs:34:5:"),
                line("assertion `left == right` failed: three waits"),
                line("  left: 6"),
                line(" right: 9"),
                line("note: run with `RUST_BACKTRACE=1`"),
            ]);
            (run.took, run.end) = (7.0, End::Exit(101));
        });
        assert_eq!(
            words,
            "it panicked after 6.0\u{a0}s: assertion `left == right` failed: \
             three waits, left: 6, right: 9"
        );
    }

    #[test]
    fn a_hang_is_said_to_be_one() {
        let hang = as_recorded(End::Killed);
        assert!(hang.ends_with("not have ended by itself, and was stopped"));
        assert!(as_recorded(End::Exit(0)).ends_with("to the same end"));
    }

    #[test]
    fn other_ends_times_and_lines_are_told_apart() {
        let ended = words(|run| run.end = End::Signal(6));
        assert_eq!(
            ended.replace('\u{a0}', " "),
            "it ended otherwise than recorded: after 9.0 s by signal 6: it \
             aborted, and not after 9.0 s by exit 0"
        );
        let early = words(|run| {
            run.lines[1] = line("Served after 6.0 s");
            run.took = 6.0;
        });
        assert_eq!(
            early,
            "it took 6.0\u{a0}s, and the recorded run 9.0\u{a0}s"
        );
        let late = words(|run| run.took = 10.0);
        assert!(late.contains("later than recorded"), "{late}");
        let other = words(|run| run.lines[0].text = "Baking".to_owned());
        assert_eq!(other, "it printed other lines than recorded");
        let both = words(|run| {
            run.lines[0].text = "Baking".to_owned();
            run.took = 6.0;
        });
        assert!(both.ends_with("9.0\u{a0}s; it printed other lines, too"));
        let times = words(|run| run.lines[1].at = 5.0);
        assert_eq!(times, "it printed its lines at other times than recorded");
    }
}
