//! Every listing runs again, as cargo builds it, and does what its transcript
//! says.

use crate::root;
use lessons::Listing;
use libtest_mimic::{Failed, Trial};
use runner::{cargo, replay};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use tokio::runtime;

/// Every listing's program, once all were built.
static PROGRAMS: OnceLock<Result<HashMap<String, PathBuf>, String>> =
    OnceLock::new();

/// Has cargo build all listings. If it fails, each trial tells why.
pub fn build_all() {
    PROGRAMS.get_or_init(|| {
        cargo::build_bins(root(), &[]).map_err(|error| format!("{error:#}"))
    });
}

/// A listing's program; where some are named, only theirs are built.
fn program(listing: &Listing) -> Result<PathBuf, Failed> {
    let bin = listing.bin();
    match PROGRAMS.get() {
        Some(programs) => Ok(programs.as_ref()?[&bin].clone()),
        None => Ok(cargo::build_bin(root(), &bin)
            .map_err(|error| format!("{error:#}"))?),
    }
}

/// Runs the listing again; none for code that does not compile.
pub fn trial(listing: &'static Listing) -> Option<Trial> {
    let name = format!("transcript::{}", listing.id);
    let run = move || -> Result<(), Failed> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let program = program(listing)?;
        let replayed = replay::replay(root(), listing, &program);
        Ok(runtime
            .block_on(replayed)
            .map_err(|fault| fault.to_string())?)
    };
    listing.compiles().then(|| Trial::test(name, run))
}
