//! What the compiler says of a listing is what the book shows: a warning in
//! rustc's own words, an error by its code.

use crate::{LIBRARY, by_name, root};
use libtest_mimic::Trial;
use runner::cargo;

/// The trials of this module.
pub fn trials() -> Vec<Trial> {
    by_name!["rustc":
        warns_in_the_words_of_the_book,
        each_error_is_the_one_that_its_lesson_names,
        each_error_is_proven_by_trybuild,
        no_message_depends_on_what_else_is_installed,
    ]
}

fn warns_in_the_words_of_the_book() {
    for listing in LIBRARY.listings() {
        let Some(lint) = &listing.about.warns else {
            continue;
        };
        let (package, bin) = (listing.lesson(), listing.bin());
        let words = cargo::warnings(root(), package, &bin, lint)
            .unwrap_or_else(|error| panic!("{error:#}"));
        assert_eq!(
            Some(words.as_str()),
            listing.diagnostics.as_deref(),
            "{}: rustc says something else; run `cargo run -- record {package}`",
            listing.diagnostics_path().display()
        );
    }
}

/// Each lesson's own `tests/compile_error.rs` proves that it does not compile.
fn each_error_is_the_one_that_its_lesson_names() {
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

fn each_error_is_proven_by_trybuild() {
    for listing in LIBRARY.listings().filter(|listing| !listing.compiles()) {
        let file = listing.dir().join("tests/compile_error.rs");
        let source = std::fs::read_to_string(root().join(&file));
        let source = source.unwrap_or_default();
        let call = format!("compile_fail(\"src/{}.rs\")", listing.way().stem());
        assert!(source.contains(&call), "{} lacks {call}", file.display());
    }
}

/// Of the standard library's own files rustc shows lines if the component
/// rust-src is installed, and none if it is not.
fn no_message_depends_on_what_else_is_installed() {
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
