//! Every Rust block of every chapter compiles and runs, and each listing's
//! `main` asserts its own claim.

#![allow(clippy::pedantic, reason = "skeptic wrote what is included here")]

include!(concat!(env!("OUT_DIR"), "/skeptic-tests.rs"));

/// In place of skeptic's own: see `again_if_busy`.
fn run_test(root: &str, out: &str, target: &str, text: &str) {
    again_if_busy(|| skeptic::rt::run_test(root, out, target, text));
}

/// skeptic opens an executable of its cache for writing and starts it right
/// after. A process that another thread forks in between holds the file open
/// until it executes its own program, and so long the kernel refuses to start
/// this one: «Text file busy». That says nothing of the program; try again.
fn again_if_busy(run: impl Fn()) {
    for _ in 0..100 {
        let run = std::panic::AssertUnwindSafe(&run);
        let Err(panic) = std::panic::catch_unwind(run) else {
            return;
        };
        let busy = panic
            .downcast_ref::<String>()
            .is_some_and(|words| words.contains("Text file busy"));
        if !busy {
            std::panic::resume_unwind(panic);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("the executable stays busy");
}
