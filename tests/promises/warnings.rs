//! Where a lesson says that the compiler warns, it does, in the words that the
//! book shows.

use crate::{LIBRARY, bless, root};
use lessons::{cargo, record};

#[test]
fn the_compiler_warns_in_the_words_of_the_book() {
    for listing in LIBRARY.listings() {
        let Some(lint) = &listing.about.warns else {
            continue;
        };
        if bless() {
            record::record_warnings(root(), listing).expect("it warns");
            continue;
        }
        let (package, bin) = (&listing.lesson, listing.bin());
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
