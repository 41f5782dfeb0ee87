//! Listings that must not compile do not: each such lesson's own
//! `tests/compile_error.rs` proves that with trybuild. Here: that each has that
//! test, and that the error is the one that its lesson names.

use crate::{LIBRARY, root};

#[test]
fn each_shows_the_error_that_its_lesson_names() {
    for listing in LIBRARY.listings() {
        let Some(code) = &listing.about.error else {
            continue;
        };
        let words = listing.diagnostics.as_deref().unwrap_or_default();
        assert!(
            words.contains(&format!("error[{code}]")),
            "{}: no error[{code}] in \"{words}\"",
            listing.diagnostics_path().display()
        );
    }
}

#[test]
fn each_is_proven_by_trybuild() {
    for listing in LIBRARY.listings().filter(|listing| !listing.compiles()) {
        let file = listing.dir().join("tests/compile_error.rs");
        let source = std::fs::read_to_string(root().join(&file));
        let source = source.unwrap_or_default();
        let call = format!("compile_fail(\"src/{}.rs\")", listing.way.stem());
        assert!(source.contains(&call), "{} lacks {call}", file.display());
    }
}

/// Of the standard library's own files rustc shows lines if the component
/// rust-src is installed, and none if it is not.
#[test]
fn none_depends_on_what_else_is_installed() {
    for listing in LIBRARY.listings() {
        let words = listing.diagnostics.as_deref().unwrap_or_default();
        assert!(
            !words.contains("$RUST") && !words.contains("/rustc/"),
            "{}: it names a file of the standard library: choose a program \
             whose error does not",
            listing.diagnostics_path().display()
        );
    }
}
