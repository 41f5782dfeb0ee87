//! Every Rust block of every chapter compiles and runs, and each listing's
//! `main` asserts its own claim.

#![allow(clippy::pedantic, reason = "skeptic wrote what is included here")]

use futures::executor::block_on;
use lessons::lateness::Sleeper;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));

/// In place of skeptic's own: see `steady`.
fn run_test(root: &str, out: &str, target: &str, text: &str) {
    let _counted = Counted::new();
    let permit = permit_to_compile();
    if permit.is_none() {
        std::thread::sleep(turn(text));
    }
    steady(|| skeptic::rt::run_test(root, out, target, text));
}

/// When it is the turn of the listing that this program is. Each says in its
/// first line how it is run.
fn turn(text: &str) -> Duration {
    let is = |bin: String| text.contains(&format!("cargo run --bin {bin}`"));
    let listing = crate::LIBRARY.listings().find(|it| is(it.bin()));
    listing.map_or(Duration::ZERO, |it| crate::turn(it, true))
}

/// In place of skeptic's own, for a block that is `no_run`.
fn compile_test(root: &str, out: &str, target: &str, text: &str) {
    let _counted = Counted::new();
    let _permit = permit_to_compile();
    skeptic::rt::compile_test(root, out, target, text);
}

/// How many of skeptic's tests have begun and not ended.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// One of them, until it is dropped, be it by a panic.
struct Counted;

impl Counted {
    fn new() -> Self {
        UNDER_WAY.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A program that only runs waits most of its time, and all may wait at once:
/// `SKEPTIC_JOBS` lets them. A rustc takes memory, so as long as programs are to
/// be compiled, there are 32 at once.
fn permit_to_compile() -> Option<SemaphorePermit<'static>> {
    static COMPILING: Semaphore = Semaphore::const_new(32);
    if has_compiled() {
        return None;
    }
    Some(block_on(COMPILING.acquire()).expect("nobody closes it"))
}

/// Whether skeptic has compiled its programs, and needn't again.
fn has_compiled() -> bool {
    static PROBED: Once = Once::new();
    PROBED.call_once(|| {
        if compiles() && mark().exists() {
            fs::remove_file(mark()).expect("OUT_DIR can be written");
        }
    });
    mark().exists()
}

/// Whether skeptic compiles a program that it has compiled before: the mark says
/// which sources it linked, and skeptic asks which files. A build of another
/// package, or of other features, may have written others.
fn compiles() -> bool {
    let out = Path::new(env!("OUT_DIR"));
    // target/debug/build/<package>/out
    let cache = out.ancestors().nth(3).expect("it is in target/");
    let kept = || -> HashSet<OsString> {
        let entries = fs::read_dir(cache.join(".skeptic-bin"));
        let names = entries.into_iter().flatten().flatten();
        names.map(|entry| entry.file_name()).collect()
    };
    let (root, out) = (env!("CARGO_MANIFEST_DIR"), env!("OUT_DIR"));
    let before = kept();
    steady(|| skeptic::rt::run_test(root, out, TARGET, "fn main() {}"));
    !kept().is_subset(&before)
}

/// What says that skeptic has compiled its programs, once it has.
fn mark() -> PathBuf {
    Path::new(env!("OUT_DIR")).join(MARK)
}

/// Waits until skeptic has compiled its programs, if that is still to be done:
/// for minutes rustc leaves no processor to a run that is held to its times.
/// libtest starts tests in the order of their names, so skeptic's have begun by
/// then, but for a thread that has not got to its first line: hence a second
/// without any. Where the command line names some tests, nobody waits.
pub async fn is_compiled() {
    if crate::some_are_named() || has_compiled() {
        return;
    }
    let step = Duration::from_millis(100);
    let mut idle = Duration::ZERO;
    while idle < Duration::from_secs(1) {
        tokio::time::sleep(step).await;
        let some = UNDER_WAY.load(Ordering::Relaxed) > 0;
        idle = if some { Duration::ZERO } else { idle + step };
    }
    fs::write(mark(), "").expect("OUT_DIR can be written");
}

/// Runs a program again where its failure says nothing of it: where the
/// machine was late, or its executable busy.
///
/// skeptic opens an executable of its cache for writing and starts it right
/// after. A process that another thread forks in between holds the file open
/// until it executes its own program, and so long the kernel refuses to start
/// this one: "Text file busy".
fn steady(run: impl Fn()) {
    let (mut tried, mut busy) = (1, 0);
    loop {
        let sleeper = Sleeper::start();
        let run = std::panic::AssertUnwindSafe(&run);
        let ended = std::panic::catch_unwind(run);
        let lateness = sleeper.wake();
        let Err(panic) = ended else { return };
        let words = panic.downcast_ref::<String>();
        let is_busy = |words: &String| words.contains("Text file busy");
        if words.is_some_and(is_busy) && busy < 100 {
            busy += 1;
            std::thread::sleep(Duration::from_millis(20));
        } else if crate::once_more(tried, lateness) {
            tried += 1;
        } else {
            std::panic::resume_unwind(panic);
        }
    }
}

#[test]
fn a_program_that_fails_each_time_fails() {
    let runs = std::cell::Cell::new(0);
    let run = std::panic::AssertUnwindSafe(|| {
        steady(|| {
            runs.set(runs.get() + 1);
            panic!("wrong");
        });
    });
    assert!(std::panic::catch_unwind(run).is_err());
    assert!((1..=crate::TRIES).contains(&runs.get()), "{}", runs.get());
}
