//! Whether a run did as its lesson says: the comparison of `cargo test`, for
//! the page.

use crate::compile::Compiled;
use crate::event::{Claim, Ended, rounded};
use lessons::library::Listing;
use lessons::record;
use lessons::run::Run;
use lessons::transcript::{self, Allowance};

/// Holds a run of `listing`, or of what the page made of it, against the
/// recorded one.
pub fn of_run(listing: &Listing, edited: bool, run: &Run) -> Ended {
    let held = held(listing, edited, run);
    Ended {
        took: Some(rounded(run.took)),
        how: run.end.to_string(),
        recorded: listing.took(),
        claim: Some(Claim::from(held.is_ok())),
        why: held.err().unwrap_or_else(|| {
            "it did as recorded: the same lines, in the same order, at the \
             same times, to the same end"
                .to_owned()
        }),
    }
}

fn held(listing: &Listing, edited: bool, run: &Run) -> Result<(), String> {
    let Some(recorded) = &listing.transcript else {
        return Err(match &listing.about.error {
            Some(code) => {
                format!("it compiles; the lesson says that {code} stops it")
            }
            None => format!(
                "there is no recorded run to hold it against: run `cargo run \
                 -- record {}`",
                listing.lesson
            ),
        });
    };
    if !edited && recorded.program != listing.source.fingerprint() {
        return Err(format!(
            "the recorded run is of another program: run `cargo run -- record \
             {}`",
            listing.lesson
        ));
    }
    let seen = record::transcript(listing, run)
        .map_err(|error| format!("{error:#}"))?;
    let allowance = Allowance::measured(run.lateness);
    transcript::compare(recorded, &seen, allowance)
        .map_err(|difference| difference.to_string())
}

/// Judges a program that rustc refuses.
pub fn of_errors(listing: &Listing, compiled: &Compiled) -> Ended {
    let expected = listing.about.error.as_ref();
    let held = expected.is_some_and(|code| compiled.has_error(code));
    let count = match compiled.errors().count() {
        1 => "1 error".to_owned(),
        count => format!("{count} errors"),
    };
    Ended {
        took: None,
        how: "does not compile".to_owned(),
        recorded: listing.took(),
        claim: Some(Claim::from(held)),
        why: match expected {
            Some(code) if held => {
                format!("rustc refuses it with {code}, as the lesson says")
            }
            Some(code) => {
                format!("rustc refuses it with {count}, but not with {code}")
            }
            None => format!("rustc refuses it with {count}: mend them first"),
        },
    }
}
