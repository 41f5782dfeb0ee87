//! Every listing runs again, as cargo builds it, and does what its transcript
//! says.

use crate::root;
use lessons::Listing;
use libtest_mimic::{Failed, Trial};
use runner::{cargo, replay};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::LazyLock;
use tokio::runtime;

static BINS: LazyLock<Result<HashMap<String, PathBuf>, String>> =
    LazyLock::new(|| {
        cargo::build_bins(root(), &[]).map_err(|error| format!("{error:#}"))
    });

/// Has cargo build all listings. If it fails, each trial tells why.
pub fn build_all() {
    LazyLock::force(&BINS);
}

/// Runs the listing again; none for code that does not compile.
pub fn trial(listing: &'static Listing) -> Option<Trial> {
    let name = format!("transcript::{}", listing.id);
    let run = move || -> Result<(), Failed> {
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let program = &BINS.as_ref()?[&listing.bin()];
        let replayed = replay::replay(root(), listing, program);
        Ok(runtime
            .block_on(replayed)
            .map_err(|fault| fault.to_string())?)
    };
    listing.compiles().then(|| Trial::test(name, run))
}
