//! The wrong way does not compile, in the words that the book shows.

#[test]
fn a_question_mark_in_a_block_needs_a_type_for_its_error() {
    trybuild::TestCases::new().compile_fail("src/wrong_way.rs");
}
