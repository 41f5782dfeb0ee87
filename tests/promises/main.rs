//! What the book promises, held. One program, so that its sleeping tests
//! overlap: the whole takes about as long as the longest listing.

mod book;
mod compile_errors;
mod mdbook;
mod skeptic;
mod suite;
mod transcripts;
mod warnings;

use lessons::library::{Library, Listing};
use std::path::Path;
use std::sync::LazyLock;

/// The workbook's folder.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| Library::load(root()).expect("listings/ can be read").0);

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
