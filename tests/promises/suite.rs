//! How long the tests themselves take, measured: a book on concurrency waits
//! concurrently.

use crate::{LIBRARY, root};
use lessons::cargo;
use std::collections::BTreeMap;
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
    // What else the machine does only adds: the best of three counts.
    let mut suite = f64::INFINITY;
    for _ in 0..3 {
        suite = suite.min(wall(&[]).as_secs_f64());
        if suite <= 2.5 * longest {
            break;
        }
    }
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

#[test]
#[ignore = "asks cargo for what is unstable; .ci/run does"]
fn each_crate_is_built_once() {
    let output = cargo::command(root())
        .args(["test", "--no-run", "--unit-graph", "-Zunstable-options"])
        .env("RUSTC_BOOTSTRAP", "1")
        .output()
        .expect("cargo can be started");
    let graph: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("a graph of units");
    let units = graph["units"].as_array().expect("units");
    let mut builds: BTreeMap<&str, Vec<&serde_json::Value>> = BTreeMap::new();
    for unit in units {
        let kinds = unit["target"]["kind"].as_array();
        let lib = kinds.is_some_and(|kinds| kinds.contains(&"lib".into()));
        if lib && unit["mode"] == "build" {
            let id = unit["pkg_id"].as_str().expect("an id");
            builds.entry(id).or_default().push(&unit["features"]);
        }
    }
    assert!(builds.len() > 100, "{}", builds.len());
    builds.retain(|_, features| features.len() > 1);
    assert!(
        builds.is_empty(),
        "built for programs and for build scripts, with other features: say \
         them all in Cargo.toml, under \"Nobody here uses these\": {builds:#?}"
    );
}
