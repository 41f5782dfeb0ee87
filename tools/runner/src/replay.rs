//! Running a listing again and holding the run against its recording: the same
//! words in the same order at the same times, to the same end.

use crate::lateness::{once_more, respite};
use crate::{record, run};
use lessons::comparison::{self, Allowance, Difference, DifferenceKind};
use lessons::{Fault, Listing};
use std::path::Path;

/// How often a run is tried that is late and nothing else. No sleeper beside it
/// need have been late: only this one process may have waited for the machine.
/// A program that is slow is slow each time.
pub const LATE_TRIES: usize = 3;

/// Runs `listing`, already built as `program`, in the workbook at `root`.
///
/// # Errors
/// If its recording is missing or of another program, or if the run differs
/// from it each time it is tried.
pub async fn replay(
    root: &Path,
    listing: &Listing,
    program: &Path,
) -> Result<(), Fault> {
    let file = listing.transcript_path();
    let stale = |cause: &str| {
        let remedy = format!("run `cargo run -- record {}`", listing.lesson());
        Fault::new(&file, 0, cause, remedy)
    };
    let Some(recorded) = &listing.transcript else {
        return Err(stale("the transcript is missing"));
    };
    if recorded.program != listing.fingerprint() {
        return Err(stale("the transcript is stale: it is of another program"));
    }
    let mut tried = 1;
    while let Err((difference, lateness)) = agrees(root, listing, program).await
    {
        let again = once_more(tried, lateness)
            || difference.kind == DifferenceKind::Late && tried < LATE_TRIES;
        if !again {
            return Err(stale(&difference.to_string()));
        }
        tokio::time::sleep(respite(tried)).await;
        tried += 1;
    }
    Ok(())
}

/// Runs a listing once and holds it against its recording.
///
/// # Errors
/// What differs, and by how many seconds a sleeper beside the run was late.
async fn agrees(
    root: &Path,
    listing: &Listing,
    program: &Path,
) -> Result<(), (Difference, f64)> {
    let other = |diff: String| Difference {
        kind: DifferenceKind::Words,
        diff,
    };
    let run = run::run(program, root, record::limit(listing)).await;
    let run = run.map_err(|error| (other(error.to_string()), 0.0))?;
    let seen = record::transcript(listing, &run)
        .map_err(|error| other(format!("{error:#}")));
    let agrees = seen.and_then(|seen| match &listing.transcript {
        Some(recorded) => {
            let allowance = Allowance::measured(run.lateness);
            comparison::compare(recorded, &seen, allowance)
        }
        None => Ok(()),
    });
    agrees.map_err(|difference| (difference, run.lateness))
}
