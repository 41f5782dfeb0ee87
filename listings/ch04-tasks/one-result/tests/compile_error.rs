//! The wrong way does not compile, in the words that the book shows.

#[test]
fn a_handle_cannot_be_awaited_twice() {
    trybuild::TestCases::new().compile_fail("src/wrong_way.rs");
}
