//! Every listing runs again and does what its transcript says: the same words
//! in the same order at the same times, to the same end.

use crate::root;
use crate::tries::once_more;
use lessons::Listing;
use lessons::comparison::{self, Allowance, Difference, DifferenceKind};
use libtest_mimic::{Failed, Trial};
use runner::{cargo, record, run};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tokio::runtime;

/// How often a run is tried that is late and nothing else. No sleeper beside it
/// need have been late: only this one process may have waited for the machine.
/// A program that is slow is slow each time.
const LATE_TRIES: usize = 3;

static BINS: LazyLock<Result<HashMap<String, PathBuf>, String>> =
    LazyLock::new(|| {
        cargo::build_bins(root(), &[]).map_err(|error| format!("{error:#}"))
    });

/// Runs the listing again; none for code that does not compile.
pub fn trial(listing: &'static Listing) -> Option<Trial> {
    let name = format!("transcript::{}", listing.id);
    let replay = move || {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(replay(listing))
    };
    listing.compiles().then(|| Trial::test(name, replay))
}

async fn replay(listing: &Listing) -> Result<(), Failed> {
    let bins = BINS.as_ref()?;
    let program = &bins[&listing.bin()];
    let file = listing.transcript_path();
    let stale = |what: &str| {
        let lesson = listing.lesson();
        let remedy = format!("run `cargo run -- record {lesson}`");
        Failed::from(format!("{}: {what}; {remedy}", file.display()))
    };
    let recorded = listing.transcript.as_ref();
    let recorded =
        recorded.ok_or_else(|| stale("the transcript is missing"))?;
    if recorded.program != listing.fingerprint() {
        return Err(stale("the transcript is of another program"));
    }
    let mut tried = 1;
    while let Err((difference, lateness)) = agrees(listing, program).await {
        let again = once_more(tried, lateness)
            || difference.kind == DifferenceKind::Late && tried < LATE_TRIES;
        if !again {
            return Err(format!("{}: {difference}", file.display()).into());
        }
        tried += 1;
    }
    Ok(())
}

/// Runs a listing and holds it against its recording.
///
/// # Errors
/// What differs, and by how many seconds a sleeper beside the run was late.
async fn agrees(
    listing: &Listing,
    program: &Path,
) -> Result<(), (Difference, f64)> {
    let other = |diff: String| Difference {
        kind: DifferenceKind::Words,
        diff,
    };
    let run = run::run(program, root(), record::limit(listing)).await;
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
