//! The wrong way does not compile, in the words that the book shows.

#[test]
fn await_needs_async_around_it() {
    trybuild::TestCases::new().compile_fail("src/wrong_way.rs");
}
