//! What is printed, for whom, and that it is the same each time.

use crate::fixture::{FAST, PrintFixture, SLOW};
use handouts::course::{Edition, Paper, PrintOrder};
use handouts::document::PrintedListing;
use handouts::markdown::{self, COLUMNS};
use lessons::{Library, Listing, Way};
use std::fs;
use std::path::Path;
use std::process::Command;

fn files(fixture: &PrintFixture, order: &PrintOrder) -> Vec<String> {
    let printed = fixture.print(order);
    let printed = printed.unwrap_or_else(|faults| panic!("{faults}"));
    printed.into_iter().map(|one| one.file).collect()
}

#[test]
fn everything_is_printed_and_linked() {
    let fixture = PrintFixture::new();
    let all = ["ch01-ask.pdf", "course.pdf", "instructor.pdf"];
    assert_eq!(files(&fixture, &PrintOrder::default()), all);
    let index = fs::read_to_string(fixture.path("out/index.html"));
    let index = index.expect("there is a page of links");
    for file in all {
        assert!(index.contains(&format!("href=\"{file}\"")), "{index}");
    }
}

#[test]
fn one_chapter_is_printed_for_whom_it_is_ordered() {
    let fixture = PrintFixture::new();
    let mut order = PrintOrder {
        chapters: vec!["ch01".to_owned()],
        paper: Paper::Letter,
        edition: None,
    };
    assert_eq!(files(&fixture, &order), ["ch01-ask.pdf"]);
    order.edition = Some(Edition::Instructor);
    assert_eq!(files(&fixture, &order), ["ch01-ask-instructor.pdf"]);
    let index = fs::read_to_string(fixture.path("out/index.html"));
    let index = index.expect("there is a page of links");
    for file in ["ch01-ask.pdf", "ch01-ask-instructor.pdf"] {
        assert!(index.contains(&format!("href=\"{file}\"")), "{index}");
    }
    assert!(!index.contains("course.pdf"), "it was not printed: {index}");
    order.chapters = vec!["ch07".to_owned()];
    let said = fixture.print(&order).expect_err("there is no such chapter");
    assert_eq!(said, "there is no chapter \"ch07\": there are ch01-ask");
}

#[test]
fn the_same_book_gives_the_same_bytes() {
    let fixture = PrintFixture::new();
    let print = |out: &str| {
        let printed = Command::new(env!("CARGO_BIN_EXE_handouts"))
            .arg("--root")
            .arg(fixture.root())
            .arg("--out")
            .arg(fixture.path(out))
            .output();
        assert!(printed.expect("it starts").status.success());
        ["ch01-ask.pdf", "course.pdf", "instructor.pdf", "index.html"]
            .map(|file| fs::read(fixture.path(out).join(file)).expect("it is"))
    };
    assert!(print("once") == print("again"));
}

#[test]
fn a_pdf_is_accessible_has_a_title_and_tells_no_date() {
    let fixture = PrintFixture::new();
    fixture.prints();
    let pdf = fs::read(fixture.path("out/ch01-ask.pdf")).expect("it is there");
    let text = String::from_utf8_lossy(&pdf);
    for words in ["pdfuaid:part", "1 Asking", "A. Uthor"] {
        assert!(text.contains(words), "\"{words}\" is not in the metadata");
    }
    assert!(!text.contains("CreationDate") && !text.contains("CreateDate"));
}

#[test]
fn an_instructor_is_told_of_each_lesson() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = book::root_above(here).expect("this is a workbook");
    let (library, _) = Library::load(&root).expect("it is there");
    for lesson in &library.lessons {
        let about = &lesson.metadata;
        let told = about.mistake.is_some() && about.ask.is_some();
        let file = lesson.file.display();
        assert!(told, "{file}: says no `mistake` or no `ask`");
        assert!(about.minutes > 0, "{file}: says no `minutes`");
    }
}

/// The two listings of the fixture, as they are printed.
fn pair() -> (PrintedListing, PrintedListing) {
    let fixture = PrintFixture::new();
    let (library, faults) = Library::load(fixture.root()).expect("it is there");
    assert_eq!(faults, []);
    let lesson = &library.lessons[0];
    let program = |way| {
        let listing = lesson.listing(way).expect("it has both");
        let above: Vec<&Listing> =
            lesson.before(listing.way()).into_iter().collect();
        PrintedListing::new(lesson, listing, &above, (&lesson.questions, 1))
    };
    (program(Way::Wrong), program(Way::Right))
}

#[test]
fn the_timelines_of_a_pair_share_one_scale() {
    let (wrong, right) = pair();
    let length = |program: &PrintedListing| {
        let drawing = program.timeline.as_ref().expect("it has run");
        let bar = drawing.lanes[0].bar.as_ref().expect("it has a lane");
        (bar.length * 1000.0).round() / 1000.0
    };
    // 3 s and 1 s of 3.004 s.
    assert_eq!((length(&wrong), length(&right)), (0.999, 0.333));
}

#[test]
fn each_line_of_a_listing_has_its_number_and_tells_whether_it_changed() {
    let (wrong, right) = pair();
    let new = [true, false, true, false];
    for (program, text, new) in [(wrong, SLOW, [false; 4]), (right, FAST, new)]
    {
        let words = program.rows.iter().map(|row| {
            let parts = row.parts.iter().map(|(_, words)| words.as_str());
            parts.collect::<String>()
        });
        assert_eq!(words.collect::<Vec<_>>().join("\n"), text.trim_end());
        let numbers: Vec<_> =
            program.rows.iter().filter_map(|row| row.number).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
        let changed: Vec<bool> =
            program.rows.iter().map(|row| row.changed).collect();
        assert_eq!(changed, new);
    }
}

#[test]
fn what_was_met_above_is_one_row_on_paper() {
    let program = |says: &str| {
        let helper = "fn help() {\n    let a = 1;\n    drop(a);\n}\n";
        format!(
            "//! Asks.\n{helper}\nfn main() {{\n    assert!(true, {says:?});\n}}\n"
        )
    };
    let fixture = PrintFixture::new()
        .listing("wrong_way", &program("slowly"), 3)
        .listing("right_way", &program("fast"), 1);
    let (library, faults) = Library::load(fixture.root()).expect("it is there");
    assert_eq!(faults, []);
    let lesson = &library.lessons[0];
    let [wrong, right] = [Way::Wrong, Way::Right]
        .map(|way| lesson.listing(way).expect("it has both"));
    let printed = PrintedListing::new(lesson, right, &[wrong], (&[], 1));
    let rows: Vec<(Option<usize>, String)> = printed
        .rows
        .into_iter()
        .map(|row| {
            let words = row.parts.into_iter().map(|(_, words)| words);
            (row.number, words.collect())
        })
        .collect();
    assert_eq!(rows[0], (Some(1), "//! Asks.".to_owned()));
    let fold = "help: 4 lines, as in the wrong way";
    assert_eq!(rows[1], (None, fold.to_owned()));
    assert_eq!(rows[2], (Some(7), "fn main() {".to_owned()));
}

#[test]
fn of_many_printed_lines_the_first_and_the_last_are_on_paper() {
    let (mut library, _) =
        Library::load(PrintFixture::new().root()).expect("it is there");
    let lesson = &mut library.lessons[0];
    let run = lesson.listings[0].transcript.as_mut().expect("it has run");
    run.lines = (1..=40)
        .map(|number| lessons::transcript::Line {
            at: 0.0,
            text: format!("line {number}"),
        })
        .collect();
    let listing = &lesson.listings[0];
    let printed = PrintedListing::new(lesson, listing, &[], (&[], 1));
    let lines = printed.run.expect("it has run").lines.into_iter();
    let texts: Vec<String> = lines
        .flat_map(|line| line.rows)
        .flat_map(|row| row.parts)
        .map(|(_, words)| words)
        .collect();
    assert_eq!(texts.len(), 18);
    assert_eq!(texts[11..14], ["line 12", "… 23 lines more", "line 36"]);
}

#[test]
fn a_long_line_has_one_number_and_loses_nothing() {
    let line = format!("let a = \"{}\";", "é".repeat(300));
    let rows = markdown::rows("rust", &line, COLUMNS, &[]);
    let numbers: Vec<_> = rows.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [Some(1), None, None, None, None]);
    let words = rows.iter().flat_map(|row| &row.parts);
    let words: String = words.map(|(_, words)| words.as_str()).collect();
    assert_eq!(words, line);
}
