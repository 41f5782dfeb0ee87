//! The wrong way does not compile, in the words that the book shows.

#[test]
fn a_future_cannot_be_printed() {
    trybuild::TestCases::new().compile_fail("src/wrong_way.rs");
}
