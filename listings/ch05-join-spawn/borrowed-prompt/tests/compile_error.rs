//! The wrong way does not compile, in the words that the book shows.

#[test]
fn a_task_cannot_borrow_from_its_spawner() {
    trybuild::TestCases::new().compile_fail("src/wrong_way.rs");
}
