//! A small workbook, and what is asked of its server.

use crate::client::{PATIENCE, Served};
use fixture::Workbook;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Prints two lines, a while apart, and holds that.
pub const GREET: &str = r#"//! Greets.
use std::time::{Duration, Instant};

pub fn main() {
    let start = Instant::now();
    println!("hello");
    std::thread::sleep(Duration::from_millis(300));
    println!("bye");
    assert!(start.elapsed() >= Duration::from_millis(300), "it waits");
}

#[cfg(test)]
mod tests {
    /// Greetings are short.
    #[test]
    fn greetings_are_short() {
        assert_eq!("hello".len(), 5);
    }
}
"#;

/// Says its number and never ends.
pub const STUCK: &str = r#"//! Hangs.
pub fn main() {
    println!("{}", std::process::id());
    loop { std::thread::park(); }
}
"#;

pub const BROKEN: &str =
    "//! Of two types.\nfn main() {\n    let _: u8 = \"\";\n}\n";

/// A workbook with a lesson `greet` in each of five chapters, and in the first
/// one that hangs, one that does not compile and one with two ways.
pub struct ServedWorkbook(pub Workbook);

impl ServedWorkbook {
    pub fn new() -> Self {
        let mut book = Workbook::new();
        for chapter in 1..=5 {
            book = with_chapter(book, &format!("ch0{chapter}-a"), chapter);
        }
        Self(with_race(book))
    }

    /// Its folder.
    pub fn root(&self) -> &Path {
        self.0.root()
    }

    pub fn write(&self, path: &str, text: &str) {
        self.0.write(path, text);
    }

    /// Serves it.
    pub fn serve(&self, more: &[&str]) -> Served {
        Served::start(self.root(), more)
    }

    /// What is left of edited programs.
    pub fn left(&self) -> Vec<PathBuf> {
        let target = self.root().join("target");
        let mut left = Vec::new();
        let folders = ["debug", "debug/deps", "debug/.fingerprint"];
        for folder in folders.into_iter().chain(["debug/incremental"]) {
            left.extend(entries(&target.join(folder)).filter(|path| {
                let name = path.file_name().unwrap_or_default();
                name.to_string_lossy().starts_with("scratch")
            }));
        }
        for path in entries(&target.join("scratch")) {
            left.extend(entries(&path));
        }
        left
    }
}

pub fn entries(dir: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path()))
}

/// The lines of the transcript of what a listing does, as if it had been
/// recorded.
fn recorded(code: &str) -> &'static str {
    if code == STUCK {
        "  0.000 | 4711\n  0.400 = killed\n"
    } else {
        "  0.001 | hello\n  0.302 | bye\n  0.303 = exit 0\n"
    }
}

/// The workbook with one more chapter and its lessons.
fn with_chapter(book: Workbook, name: &str, number: u8) -> Workbook {
    let greet = format!("greet-{number}");
    let mut lessons = vec![(greet.as_str(), "right_way", "", GREET)];
    if number == 1 {
        let hang = "kind = \"hang\"\nkill_after_s = 0.4\n";
        lessons.push(("stuck", "wrong_way", hang, STUCK));
        let error = "kind = \"compile error\"\nerror = \"E0308\"\n";
        lessons.push(("broken", "wrong_way", error, BROKEN));
    }
    let shown = lessons.iter().map(|(lesson, way, ..)| {
        format!("\n{{{{#listing {lesson}/{way}}}}}\n")
    });
    let text = format!("# {name}\n{}", shown.collect::<String>());
    let mut book = book.chapter(name, &text);
    for (lesson, way, toml, code) in lessons {
        let dir = format!("listings/{name}/{lesson}");
        let toml = format!("title = \"{lesson}\"\n[{way}]\n{toml}");
        book = book.lesson(name, lesson, &toml);
        book = if code == BROKEN {
            book.broken(&dir, way, code, "error[E0308]: x\n")
        } else {
            book.listing(&dir, way, code, recorded(code))
        };
    }
    book
}

/// The workbook with a lesson of two ways in its first chapter.
fn with_race(book: Workbook) -> Workbook {
    let (chapter, dir) = ("ch01-a", "listings/ch01-a/race");
    let toml = "title = \"race\"\n[wrong_way]\nkind = \"slow\"\n[right_way]\n";
    let mut book = book.lesson(chapter, "race", toml);
    let text = book.path("src/ch01-a.md");
    let mut text = fs::read_to_string(text).expect("the chapter is there");
    for way in ["wrong_way", "right_way"] {
        book = book.listing(dir, way, GREET, recorded(GREET));
        text += &format!("\n{{{{#listing race/{way}}}}}\n");
    }
    book.file("src/ch01-a.md", &text)
}

/// Runs the first lesson's program, edited.
pub fn edited(served: &Served, source: &str) -> Vec<Value> {
    let order = json!({ "listing": "greet-1/right_way", "source": source });
    served.post("/api/run", &order).all()
}

#[track_caller]
pub fn ends_with<'e>(events: &'e [Value], kind: &str, why: &str) -> &'e Value {
    let last = events.last().expect("there are events");
    let said = last["why"].as_str().unwrap_or_default();
    assert!(last["event"] == kind && said.contains(why), "{events:#?}");
    last
}

pub fn of<'e>(events: &'e [Value], kind: &str) -> Vec<&'e Value> {
    events.iter().filter(|it| it["event"] == kind).collect()
}

/// The number that a program printed in its line of this place.
pub fn number(events: &[Value], place: usize) -> u32 {
    let text = of(events, "line")[place]["text"].as_str();
    text.and_then(|it| it.parse().ok()).expect("a number")
}

pub fn wait_for(mut ready: impl FnMut() -> bool, what: &str) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whether a process runs; one that ended and was not waited for does not.
pub fn is_alive(pid: u32) -> bool {
    let state = Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .expect("ps is there");
    let state = String::from_utf8_lossy(&state.stdout).into_owned();
    !state.trim().is_empty() && !state.starts_with('Z')
}

pub fn is_gone(pid: u32) {
    wait_for(|| !is_alive(pid), "a process is left behind");
}
