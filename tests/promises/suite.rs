//! How long the tests themselves take, measured: a book on concurrency waits
//! concurrently.

use crate::{LIBRARY, root};
use lessons::cargo;
use std::time::{Duration, Instant};

/// The wall time of `cargo test` with these arguments.
fn wall(arguments: &[&str]) -> Duration {
    let start = Instant::now();
    let output = cargo::command(root())
        .args(["test", "--quiet"])
        .args(arguments)
        .output()
        .expect("cargo can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "cargo test {arguments:?}: {said}");
    start.elapsed()
}

#[test]
#[ignore = "runs the whole suite again; .ci/run does"]
fn the_suite_waits_concurrently() {
    let took = || {
        LIBRARY
            .listings()
            .filter_map(lessons::library::Listing::took)
    };
    let longest = took().fold(0.0, f64::max);
    let sum: f64 = took().sum();
    let transcripts = ["--test", "promises", "transcripts::"];
    // What is not built yet is built here, outside the measurement.
    wall(&transcripts);
    let transcripts = wall(&transcripts).as_secs_f64();
    let suite = wall(&[]).as_secs_f64();
    println!(
        "warm `cargo test`: {suite:.1} s, {:.2} × the longest listing \
         ({longest:.1} s)\ntranscripts: {transcripts:.1} s for {sum:.1} s of \
         listings, {:.1} at once",
        suite / longest,
        sum / transcripts
    );
    assert!(suite <= 2.5 * longest);
    assert!(sum >= 5.0 * transcripts);
}
