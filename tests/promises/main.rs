//! What the book promises, held. One program, so that its sleeping tests
//! overlap: the whole takes about as long as the longest listing.

mod book;
mod compile_errors;
mod mdbook;
mod skeptic;
mod suite;
mod transcripts;
mod warnings;

use lessons::lateness::QUIET;
use lessons::library::{Library, Listing};
use std::path::Path;
use std::sync::LazyLock;

/// The workbook's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| Library::load(root()).expect("listings/ can be read").0);

/// How often a run is tried on a machine that is too busy to keep time.
const TRIES: usize = 5;

/// Whether to try once more: a run that is late beside a sleeper that is late,
/// too, says something of the machine and nothing of the program. A program
/// that is wrong is wrong each time; on a quiet machine the first run counts.
fn once_more(tried: usize, lateness: f64) -> bool {
    lateness > QUIET && tried < TRIES
}

/// Whether the tests write their recordings anew.
fn bless() -> bool {
    std::env::var_os("BLESS").is_some()
}

fn listing(id: &str) -> &'static Listing {
    LIBRARY
        .listings()
        .find(|listing| listing.id() == id)
        .expect("the build script took it from the same library")
}

#[test]
fn only_a_late_machine_is_given_another_try() {
    assert!(!once_more(1, QUIET));
    assert!(once_more(1, 2.0 * QUIET));
    assert!(!once_more(TRIES, 2.0 * QUIET));
}
