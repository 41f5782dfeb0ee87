//! Every Rust block of every chapter compiles and runs, and each listing's
//! `main` asserts its own claim.

#![allow(clippy::pedantic, reason = "skeptic wrote what is included here")]

use lessons::lateness::Sleeper;

include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));

/// In place of skeptic's own: see `steady`.
fn run_test(root: &str, out: &str, target: &str, text: &str) {
    steady(|| skeptic::rt::run_test(root, out, target, text));
}

/// Runs a program again where its failure says nothing of it: where the
/// machine was late, or its executable busy.
///
/// skeptic opens an executable of its cache for writing and starts it right
/// after. A process that another thread forks in between holds the file open
/// until it executes its own program, and so long the kernel refuses to start
/// this one: «Text file busy».
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
            std::thread::sleep(std::time::Duration::from_millis(20));
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
