//! A small workbook to print, which a test spoils.

use fixture::Workbook;
use handouts::course::{self, PrintOrder};
use handouts::pdf::Pdf;
use lessons::Faults;
use std::path::{Path, PathBuf};

pub const SLOW: &str = "//! Asks in turn: `cargo run --bin ask-wrong-way`\n\
fn main() {\n    assert!(true, \"it runs slowly\");\n}\n";
pub const FAST: &str = "//! Asks at once: `cargo run --bin ask-right-way`\n\
fn main() {\n    assert!(true, \"it runs\");\n}\n";

const LESSON: &str = "title = \"Asking\"\nminutes = 10\n\
mistake = \"Waiting *in turn*.\"\nask = \"Who waits {{#took ask/wrong_way}}?\"\n\
[wrong_way]\nkind = \"slow\"\n[right_way]\ncells = [1]\n\
[[lane]]\nname = \"call\"\nbegins = \"Asking\"\nends = \"Answered\"\n\
[[predict]]\nof = \"wrong_way\"\nasks = \"at Answered\"\n\
question = \"When is *it* answered?\"\nchoices = [\"half\", \"double\"]\n\
why = \"Nothing overlaps.\"\n";

const CHAPTER: &str = "# Asking\n\n## When is it answered?\n\n\
A future[^one], and [a page](https://example.org/a).\n\n\
{{#predict ask/wrong_way}}\n\n{{#listing ask/wrong_way}}\n\n\
{{#listing ask/right_way}}\n\n> **Coming from Python.** The same.\n\n\
[^one]: Not a promise.\n";

const GLOSSARY: &str = "# Glossary\n\nfuture\n: A value to come.\n";

const ASK: &str = "listings/ch01-ask/ask";

/// A sound book of one chapter with one pair.
pub struct PrintFixture(Workbook);

impl PrintFixture {
    pub fn new() -> Self {
        let book = Workbook::new()
            .chapter("ch01-ask", CHAPTER)
            .file("src/glossary.md", GLOSSARY)
            .file(
                "src/SUMMARY.md",
                "- [Asking](ch01-ask.md)\n\n[Glossary](glossary.md)\n",
            )
            .lesson("ch01-ask", "ask", LESSON);
        Self(book)
            .listing("wrong_way", SLOW, 3)
            .listing("right_way", FAST, 1)
    }

    /// Writes a listing, and the transcript of a run of so many seconds.
    pub fn listing(self, way: &str, program: &str, seconds: u32) -> Self {
        let run = format!(
            "  0.000 | Asking\n  {seconds}.000 | Answered\n  \
             {seconds}.004 = exit 0\n"
        );
        Self(self.0.listing(ASK, way, program, &run))
    }

    pub fn root(&self) -> &Path {
        self.0.root()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.0.path(path)
    }

    pub fn file(self, path: &str, text: &str) -> Self {
        Self(self.0.file(path, text))
    }

    /// Adds text to the chapter.
    pub fn chapter(self, text: &str) -> Self {
        let text = format!("{CHAPTER}\n{text}\n");
        self.file("src/ch01-ask.md", &text)
    }

    pub fn print(&self, order: &PrintOrder) -> Result<Vec<Pdf>, String> {
        let out = self.path("out");
        course::print(self.root(), order, &out, |_| {}).map_err(|error| {
            match error.downcast_ref::<Faults>() {
                Some(faults) => faults.to_string(),
                None => format!("{error:#}"),
            }
        })
    }

    /// All is printed.
    #[track_caller]
    pub fn prints(&self) -> Vec<Pdf> {
        let printed = self.print(&PrintOrder::default());
        printed.unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// Nothing is printed, and this is said of it, among other things.
    #[track_caller]
    pub fn says(&self, words: &str) {
        let said = self
            .print(&PrintOrder::default())
            .expect_err("it is faulty");
        assert!(said.contains(words), "\"{words}\" is not in:\n{said}");
        assert!(!self.path("out").exists(), "nothing is printed");
    }
}
