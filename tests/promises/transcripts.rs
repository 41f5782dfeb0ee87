//! Every listing runs again and does what its transcript says: the same words
//! in the same order at the same times, to the same end.
//!
//! `BLESS=1 cargo test --test promises transcripts` writes them anew.

use crate::{bless, listing, once_more, root};
use lessons::cargo::build_bins;
use lessons::library::Listing;
use lessons::{record, run, transcript};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use transcript::{Allowance, Difference, Kind, Transcript};

include!(concat!(env!("OUT_DIR"), "/transcripts.rs"));

/// How often a run is tried that is late and nothing else. No sleeper beside it
/// need have been late: only this one process may have waited for the machine.
/// A program that is slow is slow each time.
const LATE_TRIES: usize = 3;

static BINS: LazyLock<Result<HashMap<String, PathBuf>, String>> =
    LazyLock::new(|| {
        build_bins(root(), &[]).map_err(|error| format!("{error:#}"))
    });

async fn replay(id: &str) {
    crate::skeptic::is_compiled().await;
    let listing = listing(id);
    let bins = BINS.as_ref().unwrap_or_else(|error| panic!("{error}"));
    let program = &bins[&listing.bin()];
    if bless() {
        let recorded = record::record(root(), listing, program).await;
        recorded.unwrap_or_else(|error| panic!("{error:#}"));
        return;
    }
    let recorded: &Transcript =
        listing.transcript.as_ref().unwrap_or_else(|| {
            panic!(
                "{}: the transcript is missing; run `cargo run -- record {}`",
                listing.transcript_path().display(),
                listing.lesson
            )
        });
    assert_eq!(
        recorded.program,
        listing.fingerprint(),
        "{}: the transcript is stale; run `cargo run -- record {}`",
        listing.transcript_path().display(),
        listing.lesson
    );
    tokio::time::sleep(crate::turn(listing, false)).await;
    let mut tried = 1;
    while let Err((difference, lateness)) =
        agrees(listing, recorded, program).await
    {
        let file = listing.transcript_path();
        let again = once_more(tried, lateness)
            || difference.kind == Kind::Late && tried < LATE_TRIES;
        assert!(again, "{}: {difference}", file.display());
        tried += 1;
    }
}

/// Runs a listing and holds it against its recording.
///
/// # Errors
/// What differs, and by how many seconds a sleeper beside the run was late.
async fn agrees(
    listing: &Listing,
    recorded: &Transcript,
    program: &Path,
) -> Result<(), (Difference, f64)> {
    let run = run::run(program, root(), record::limit(listing))
        .await
        .unwrap_or_else(|error| panic!("{}: {error}", listing.id()));
    record::transcript(listing, &run)
        .map_err(|error| Difference {
            kind: Kind::Words,
            diff: format!("{error:#}"),
        })
        .and_then(|seen| {
            let allowance = Allowance::measured(run.lateness);
            transcript::compare(recorded, &seen, allowance)
        })
        .map_err(|difference| (difference, run.lateness))
}
