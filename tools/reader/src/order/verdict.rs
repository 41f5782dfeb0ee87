//! Whether a run did as its lesson says: the comparison of `cargo test`, for
//! the page.

use crate::order::compile::Compiled;
use crate::order::event::{Ended, Verdict, rounded};
use lessons::Listing;
use lessons::comparison::{self, Allowance, Difference, DifferenceKind};
use lessons::transcript::Transcript;
use runner::record;
use runner::run::Run;

/// Holds a run of `listing`, or of what the page made of it, against the
/// recorded one.
pub fn of_run(listing: &Listing, edited: bool, run: &Run) -> Ended {
    let held = held(listing, edited, run);
    let met = held.is_ok();
    let (why, diff) = match held {
        Ok(()) => (AS_RECORDED.to_owned(), None),
        Err(why) => why,
    };
    Ended {
        took: Some(rounded(run.took)),
        how: run.end.to_string(),
        recorded: listing.took(),
        claim: Some(Verdict::from(met)),
        why,
        diff,
    }
}

const AS_RECORDED: &str = "it did as recorded: the same lines, in the same \
                           order, at the same times, to the same end";

/// # Errors
/// How it differs, in words and as a diff.
fn held(
    listing: &Listing,
    edited: bool,
    run: &Run,
) -> Result<(), (String, Option<String>)> {
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
    if !edited && recorded.program != listing.fingerprint() {
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
            in_words(edited, recorded, &seen, &difference),
            Some(difference.diff),
        )
    })
}

/// What the reader should look at first.
fn in_words(
    edited: bool,
    recorded: &Transcript,
    seen: &Transcript,
    difference: &Difference,
) -> String {
    let (took, was) = (seen.took_figure(), recorded.took_figure());
    if let (Some(message), true) = (panic(seen), seen.end != recorded.end) {
        return format!("it panicked after {took}: {message}");
    }
    if seen.end != recorded.end {
        return format!(
            "it ended otherwise than recorded: {} after {took}, {} after {was}",
            seen.end, recorded.end
        );
    }
    let other = format!("it took {took}, and the recorded run {was}");
    match difference.kind {
        DifferenceKind::Late if !edited => format!(
            "it was later than recorded, {took} against {was}, and the \
             machine's own lateness does not explain it: run it again"
        ),
        DifferenceKind::Words if took == was => {
            "it printed other lines than recorded".to_owned()
        }
        DifferenceKind::Words => {
            format!("{other}; it printed other lines, too")
        }
        DifferenceKind::Times | DifferenceKind::Late if took == was => {
            "it printed its lines at other times than recorded".to_owned()
        }
        DifferenceKind::Times | DifferenceKind::Late => other,
    }
}

/// What a panic said, on one line.
fn panic(run: &Transcript) -> Option<String> {
    let lines: Vec<&str> = run.lines.iter().map(|it| it.text.trim()).collect();
    let is_head = |line: &&str| {
        line.starts_with("thread '") && line.contains(" panicked at ")
    };
    let head = lines.iter().position(is_head)?;
    let said = lines[head + 1..].iter().take(3);
    let said: Vec<&str> = said
        .take_while(|line| !line.starts_with("note: ") && !is_head(line))
        .copied()
        .collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// Judges a program that rustc refuses.
pub fn of_errors(listing: &Listing, compiled: &Compiled) -> Ended {
    let expected = listing.about.error.as_ref();
    let held = expected.is_some_and(|code| compiled.has_error(code));
    let (count, them) = match compiled.errors().count() {
        1 => ("1 error".to_owned(), "it"),
        count => (format!("{count} errors"), "them"),
    };
    Ended {
        took: None,
        how: "does not compile".to_owned(),
        recorded: listing.took(),
        claim: Some(Verdict::from(held)),
        why: match expected {
            Some(code) if held => {
                format!("rustc refuses it with {code}, as the lesson says")
            }
            Some(code) => {
                format!("rustc refuses it with {count}, but not with {code}")
            }
            None => format!("rustc refuses it with {count}: mend {them} first"),
        },
        diff: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessons::transcript::{End, Line};

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
        in_words(false, &recorded, &seen, &difference)
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
            (run.took, run.end) = (6.0, End::Exit(101));
        });
        assert_eq!(
            words,
            "it panicked after 6.0\u{a0}s: assertion `left == right` failed: \
             three waits, left: 6, right: 9"
        );
    }

    #[test]
    fn other_ends_times_and_lines_are_told_apart() {
        let ended = words(|run| run.end = End::Signal(6));
        assert!(ended.contains("signal 6 after 9.0"), "{ended}");
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
