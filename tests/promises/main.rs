//! What the book promises, held: one program whose trials are made when it
//! starts, from the lessons that are there.
//!
//! Layout: this file says what runs, in which order and how much at once;
//! `skeptic` compiles and runs every block of the book, `transcript` runs every
//! listing as cargo builds it, `rustc` holds what the compiler says, `site` and
//! `mdbook` the built book; `quiet` keeps what programs print from the terminal.
//! `rustc_for_skeptic` is a program of its own, which skeptic takes for rustc.

mod mdbook;
mod quiet;
mod rustc;
mod site;
mod skeptic;
mod transcript;

use lessons::{Library, Listing};
use libtest_mimic::{Arguments, Trial};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// How many trials run at once. Programs of the book sleep more than they
/// compute, so two cores bear many; beyond this they start late.
const AT_ONCE: usize = 80;

/// How much of their sleep the listings share, at the least: the sum of all
/// recorded runs by the time in which they ran again.
const OVERLAP: f64 = 8.0;

/// The workbook's folder.
fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        root.expect("this is tests/promises").to_path_buf()
    });
    &ROOT
}

static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| Library::load(root()).expect("listings/ can be read").0);

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    if !quiet::is_second() {
        return quiet::run_again(&arguments, AT_ONCE);
    }
    let all = arguments.filter.is_none()
        && arguments.skip.is_empty()
        && arguments.test_threads.is_none()
        && !arguments.ignored
        && !arguments.list;
    arguments.test_threads.get_or_insert(AT_ONCE);
    // What is compiled is compiled before anything is held to its times.
    if !arguments.list && !arguments.filter.as_deref().is_some_and(is_of_lesson)
    {
        transcript::build_all();
    }
    if all && skeptic::must_compile() {
        quiet::say(&arguments, "skeptic compiles each program of the book");
        skeptic::compile_all();
    }
    let start = Instant::now();
    let conclusion = libtest_mimic::run(&arguments, trials());
    if conclusion.has_failed() {
        return ExitCode::from(101);
    }
    if all && !overlaps(start.elapsed(), &arguments) {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Whether a filter names a lesson, and so a few trials.
fn is_of_lesson(filter: &str) -> bool {
    let mut lessons = LIBRARY.lessons.iter();
    lessons.any(|it| filter.contains(&it.name) || it.name.contains(filter))
}

/// All trials: first those that compute, then the programs of the book, the
/// longest first, so that none is left to run alone at the end.
fn trials() -> Vec<Trial> {
    let mut trials = mdbook::trials();
    trials.extend(site::trials());
    trials.extend(rustc::trials());
    trials.extend(skeptic::blocks().into_iter().map(skeptic::trial));
    for listing in longest_first() {
        trials.extend(skeptic::program(listing).map(skeptic::trial));
        trials.extend(transcript::trial(listing));
    }
    trials
}

fn longest_first() -> Vec<&'static Listing> {
    let mut listings: Vec<&Listing> = LIBRARY.listings().collect();
    let took = |listing: &Listing| listing.took().unwrap_or(0.0);
    listings.sort_by(|a, b| took(b).total_cmp(&took(a)));
    listings
}

/// Whether the listings shared enough of their sleep; says the figure.
fn overlaps(elapsed: Duration, arguments: &Arguments) -> bool {
    let sum: f64 = LIBRARY.listings().filter_map(Listing::took).sum();
    let ratio = sum / elapsed.as_secs_f64();
    let enough = ratio >= OVERLAP;
    quiet::say(
        arguments,
        &format!(
            "{sum:.0} s of listings, each run twice, took {:.1} s: {ratio:.1} \
             times as fast as one by one{}",
            elapsed.as_secs_f64(),
            if enough {
                String::new()
            } else {
                format!(", and should be {OVERLAP} times: what holds them up?")
            }
        ),
    );
    enough
}

/// A trial for each function, by its name below that of the module.
macro_rules! by_name {
    ($module:literal: $($function:ident),+ $(,)?) => {
        vec![$(libtest_mimic::Trial::test(
            concat!($module, "::", stringify!($function)),
            || { $function(); Ok(()) },
        )),+]
    };
}
pub(crate) use by_name;
