//! What poppler's tools, which are other people's, find in the PDFs of this
//! workbook: every line of a listing that is not folded, and nothing outside of the margins.

use book::expand;
use book::html::folds;
use handouts::course::{self, Edition, Paper, PrintOrder};
use handouts::document::PrintedListing;
use handouts::markdown::{CodeRow, FOLD};
use lessons::{Lesson, Library, Listing};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// The student's edition of this workbook.
fn printed() -> &'static Path {
    static OUT: OnceLock<TempDir> = OnceLock::new();
    let out = OUT.get_or_init(|| {
        let out = TempDir::new().expect("a folder for the PDFs");
        let order = PrintOrder {
            edition: Some(Edition::Student),
            paper: Paper::A4,
            ..PrintOrder::default()
        };
        course::print(&root(), &order, out.path(), |_| {})
            .unwrap_or_else(|error| panic!("{error}"));
        out
    });
    out.path()
}

fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    book::root_above(here).expect("this is a workbook")
}

fn poppler(tool: &str, arguments: &[&str], pdf: &Path) -> String {
    let done = Command::new(tool)
        .args(arguments)
        .arg(pdf)
        .args((tool == "pdftotext").then_some("-"))
        .output()
        .unwrap_or_else(|error| panic!("{tool}: {error}"));
    assert!(done.status.success(), "{tool}: {:?}", done.status);
    String::from_utf8(done.stdout).expect("poppler writes UTF-8")
}

/// Words with one space between them: a column of a PDF has no other.
fn spaced(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rows of a program on paper: the number of each line, or the sign that
/// the line goes on or is folded, and the words.
fn rows(library: &Library, lesson: &Lesson, listing: &Listing) -> Vec<String> {
    let chapter = root().join(format!("src/{}.md", lesson.chapter));
    let text = fs::read_to_string(chapter).expect("the chapter is there");
    let above = folds::above(library, &expand::shown(&text), listing);
    let printed = PrintedListing::new(lesson, listing, &above, (&[], 1));
    let row = |row: CodeRow| {
        let folded = row.parts.iter().any(|(class, _)| *class == Some(FOLD));
        let sign = if folded { "…" } else { "↪" };
        let number = row.number.map_or(sign.to_owned(), |n| n.to_string());
        let words = row.parts.into_iter().map(|(_, words)| words);
        spaced(&format!("{number} {}", words.collect::<String>()))
    };
    printed.rows.into_iter().map(row).collect()
}

/// Whether a line of the PDF is this row. Beside it, in the margin, may stand
/// what was printed.
fn is_row(line: &str, row: &str) -> bool {
    let line = spaced(line);
    let rest = line.strip_prefix(row);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Finds these rows in order, from the first on; gives how many lines of the
/// PDF they take, or the row that is missing.
fn find(text: &[&str], rows: &[String]) -> Result<usize, String> {
    let begin = text.iter().position(|line| is_row(line, &rows[0]));
    let begin = begin.ok_or_else(|| rows[0].clone())?;
    let mut at = begin;
    for row in rows {
        let found = text[at..].iter().position(|line| is_row(line, row));
        at += found.ok_or_else(|| row.clone())? + 1;
    }
    Ok(at - begin)
}

/// The text of a PDF, as a reader gets it who copies it.
struct Extracted {
    /// As it is laid out on the page.
    layout: String,
    /// In the order in which it was written. The layout misleads poppler where
    /// the figure in the margin ends at the height of a line, and on a page
    /// that has more of the answers, which stand on their heads, than of code.
    raw: String,
}

impl Extracted {
    fn of(name: &str) -> Self {
        let pdf = printed().join(name);
        let text = |order| poppler("pdftotext", &[order], &pdf);
        Self {
            layout: text("-layout"),
            raw: text("-raw"),
        }
    }

    /// See [`find`]: in the one order or in the other.
    fn find(&self, rows: &[String]) -> Result<usize, String> {
        let find = |text: &str| find(&text.lines().collect::<Vec<_>>(), rows);
        find(&self.layout).or_else(|_| find(&self.raw))
    }
}

#[test]
#[ignore = "needs pdftotext, of poppler-utils"]
fn every_listing_comes_back_line_by_line_in_order() {
    let (library, faults) = Library::load(&root()).expect("it is there");
    assert_eq!(faults, []);
    let course = Extracted::of("course.pdf");
    let all = library.lessons.iter().flat_map(|lesson| {
        lesson.listings.iter().map(move |listing| (lesson, listing))
    });
    for (lesson, listing) in all {
        let rows = rows(&library, lesson, listing);
        let sheet = Extracted::of(&format!("{}.pdf", listing.chapter));
        for text in [&sheet, &course] {
            let took = text.find(&rows).unwrap_or_else(|row| {
                panic!("{} has lost \"{row}\"", listing.id)
            });
            // Line by line: with no more between them than the margin and the
            // foot of a page.
            assert!(took < 2 * rows.len() + 30, "{}: {took}", listing.id);
        }
    }
}

#[test]
#[ignore = "needs pdftotext, of poppler-utils"]
fn no_word_stands_outside_of_the_margins() {
    for entry in printed().read_dir().expect("it is a folder") {
        let pdf = entry.expect("it can be read").path();
        if pdf.extension().is_none_or(|kind| kind != "pdf") {
            continue;
        }
        let words = poppler("pdftotext", &["-bbox"], &pdf);
        for word in words.lines().filter(|line| line.contains("<word")) {
            let at = |name: &str| -> f64 {
                let (_, rest) = word.split_once(name).expect("poppler says it");
                let (value, _) = rest[2..].split_once('"').expect("it ends");
                value.parse().expect("a number")
            };
            // A4, less 40 points at each side and half a stroke.
            let inside = at("xMin") > 38.5 && at("xMax") < 556.8;
            assert!(inside, "{}: {word}", pdf.display());
        }
    }
}

#[test]
#[ignore = "needs pdfinfo and pdffonts, of poppler-utils"]
fn every_pdf_is_tagged_and_has_its_fonts() {
    for file in ["ch01-two-kitchens.pdf", "course.pdf"] {
        let pdf = printed().join(file);
        let about = poppler("pdfinfo", &[], &pdf);
        assert!(about.contains("Tagged:          yes"), "{about}");
        let fonts = poppler("pdffonts", &[], &pdf);
        for font in fonts.lines().skip(2) {
            assert!(font.contains(" yes yes yes "), "{font}");
        }
    }
}

#[test]
#[ignore = "needs pdfinfo, of poppler-utils"]
fn a_chapter_of_normal_length_has_six_pages_at_most() {
    for (file, most) in [
        ("ch01-two-kitchens.pdf", 6),
        ("ch02-lazy-futures.pdf", 6),
        // Eleven listings, the most of all.
        ("ch04-tasks.pdf", 7),
    ] {
        let about = poppler("pdfinfo", &[], &printed().join(file));
        let pages = about.lines().find_map(|l| l.strip_prefix("Pages:"));
        let pages: u32 =
            pages.and_then(|n| n.trim().parse().ok()).expect("a count");
        assert!(pages <= most, "{file} has {pages} pages");
    }
}
