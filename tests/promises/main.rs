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
use std::time::Duration;

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

/// Whether the command line names tests, so that not all of them run.
fn some_are_named() -> bool {
    words().next().is_some()
}

/// Whether it names a few: not a whole module with a test for each listing.
fn few_are_named() -> bool {
    words().any(|word| names_few(&word))
}

/// The words of the command line that are no options.
fn words() -> impl Iterator<Item = String> {
    std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
}

fn names_few(word: &str) -> bool {
    !["transcripts", "skeptic"].contains(&word.trim_end_matches("::"))
}

/// How long this listing waits for its turn, if all of them run: 150 programs that
/// start in one moment are late. It runs twice: `late` is the second.
fn turn(listing: &Listing, late: bool) -> Duration {
    /// The seconds that each listing takes, the longest first.
    static ALL: LazyLock<Vec<f64>> = LazyLock::new(|| {
        let mut all: Vec<f64> =
            LIBRARY.listings().filter_map(Listing::took).collect();
        all.sort_by(|a, b| b.total_cmp(a));
        all
    });
    let Some(took) = listing.took().filter(|_| !few_are_named() && !bless())
    else {
        return Duration::ZERO;
    };
    let equal = LIBRARY.listings().filter(|it| it.took() == Some(took));
    let before = equal.take_while(|it| it.id() != listing.id()).count();
    let rank = ALL.partition_point(|it| *it > took) + before;
    wait(2 * rank + usize::from(late), 2 * ALL.len(), took, ALL[0])
}

/// How long the program waits that is the `rank`th of `count` by the seconds
/// that it takes: the longest not at all, and of the others each a bit more, but
/// none so long that it ends after the longest.
fn wait(rank: usize, count: usize, took: f64, longest: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "there are some hundreds")]
    let part = rank as f64 / count as f64;
    Duration::from_secs_f64((longest - took).max(0.0) * part)
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

#[test]
fn a_module_is_more_than_a_few_tests() {
    assert_eq!(["transcripts::", "skeptic"].map(names_few), [false; 2]);
    assert!(names_few("transcripts::batch_right_way"));
    assert!(names_few("batch"));
}

#[test]
fn the_longest_begins_at_once_and_none_ends_after_it() {
    assert_eq!(wait(0, 5, 20.0, 20.0), Duration::ZERO);
    let mut before = 0.0;
    for (rank, took) in [(1, 19.0), (2, 10.0), (3, 1.0), (4, 1.0)] {
        let wait = wait(rank, 5, took, 20.0).as_secs_f64();
        assert!(wait > before && wait + took < 20.0, "{took}: {wait}");
        before = wait;
    }
}
