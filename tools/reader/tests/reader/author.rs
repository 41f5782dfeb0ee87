//! `new` and `check`, as an author uses them.

use crate::served::{GREET, ServedWorkbook};
use fixture::Workbook;
use std::fs;
use std::process::{Command, Stdio};

/// Whether the command succeeds, and all that it says.
fn said(book: &Workbook, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_workbook"))
        .arg("--root")
        .arg(book.root())
        .args(arguments)
        .env_remove("CARGO_TARGET_DIR")
        .stdin(Stdio::null())
        .output()
        .expect("it can be started");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.success(), said)
}

fn book() -> Workbook {
    Workbook::new().chapter("ch01-ask", "# Asking\n")
}

#[test]
fn a_chapter_is_begun_behind_the_last_one() {
    let book = book();
    let (done, words) = said(&book, &["new", "chapter", "two-calls"]);
    assert!(done && words.contains("src/ch02-two-calls.md"), "{words}");
    let summary = fs::read_to_string(book.path("src/SUMMARY.md"));
    assert_eq!(
        summary.expect("it is there"),
        "- [ch01-ask](ch01-ask.md)\n- [Two calls](ch02-two-calls.md)\n"
    );
    let (done, words) = said(&book, &["new", "chapter", "two-calls"]);
    assert!(!done, "{words}");
    assert!(words.contains("there is a chapter src/ch02-two-calls.md"));
}

#[test]
fn a_lesson_is_begun_in_its_chapter_and_lacks_only_its_recordings() {
    let book = book();
    let title = "Two \"calls\" \\ at once";
    let arguments = ["new", "lesson", "ch01", "two-calls", "--title", title];
    let (done, words) = said(&book, &arguments);
    assert!(done && words.contains("record two-calls"), "{words}");
    let page = fs::read_to_string(book.path("src/ch01-ask.md"));
    let page = page.expect("it is there");
    assert!(page.contains("{{#listing two-calls/right_way}}"), "{page}");
    let faults = book::check(book.root()).expect("the book can be read");
    let missing = faults
        .iter()
        .filter(|fault| fault.problem.cause == "the transcript is missing");
    assert_eq!(missing.count(), 2, "{faults:?}");
    let (library, _) = lessons::Library::load(book.root()).expect("readable");
    assert_eq!(library.lessons[0].metadata.title, title);
}

#[test]
fn what_can_not_be_begun_is_refused_and_nothing_is_written() {
    let book = book().file("listings/ch01-ask/old/notes.txt", "mine");
    for (arguments, words) in [
        (["lesson", "ch01", "Two_calls"], "\"Two_calls\" is no name"),
        (["lesson", "ch01", "../calls"], "is no name"),
        (
            ["lesson", "ch01", "old"],
            "there is a folder listings/ch01-ask/old",
        ),
        (["lesson", "ch09", "calls"], "lists no chapter \"ch09\""),
        (
            ["lesson", "ch01", "workbook"],
            "there is a package `workbook`",
        ),
        (["lesson", "notes", "calls"], "it lists: ch01-ask"),
    ] {
        let all = [&["new"], &arguments[..]].concat();
        let (done, said) = said(&book, &all);
        assert!(!done && said.contains(words), "{words}: {said}");
    }
    let entries = fs::read_dir(book.path("listings/ch01-ask"));
    assert_eq!(entries.expect("it is there").count(), 1);
    let page = fs::read_to_string(book.path("src/ch01-ask.md"));
    assert_eq!(page.expect("it is there"), "# Asking\n");
}

#[test]
fn a_lesson_is_checked_in_steps_and_each_fault_is_named() {
    let book = ServedWorkbook::new();
    let (sound, words) = said(&book.0, &["check", "greet-1"]);
    assert!(sound && words.contains("✓ transcripts"), "{words}");
    let file = "listings/ch01-a/greet-1/src/right_way.rs";
    let other = GREET
        .replace("hello\")", "hi\")")
        .replace("    let start", "let start");
    book.write(file, &other);
    let (sound, words) = said(&book.0, &["check", "greet-1"]);
    assert!(!sound, "{words}");
    for step in ["✗ the book", "✗ format", "✗ transcripts", "✓ claims"]
    {
        assert!(words.contains(step), "{step} is not in: {words}");
    }
    let stale = "greet-1/transcripts/right_way.txt: the transcript is stale";
    assert!(words.contains(stale), "{words}");
    book.write("listings/ch01-a/greet-1/lesson.toml", "title = \n");
    let (sound, words) = said(&book.0, &["check", "greet-1"]);
    assert!(!sound, "{words}");
    assert!(words.contains("greet-1/lesson.toml:1: "), "{words}");
    let (sound, words) = said(&book.0, &["check", "tea"]);
    assert!(
        !sound && words.contains("there is no lesson `tea`"),
        "{words}"
    );
}
