//! A small workbook, and what is asked of its server.

use crate::client::{PATIENCE, Served};
use lessons::Source;
use lessons::transcript::{End, Line, Transcript};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

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
/// one that hangs and one that does not compile.
pub struct Workbook {
    pub dir: TempDir,
}

impl Workbook {
    pub fn new() -> Self {
        let book = Self {
            dir: TempDir::new().expect("a folder"),
        };
        book.write("book.toml", "[book]\ntitle = \"x\"\n");
        book.write(
            "Cargo.toml",
            "[workspace]\nmembers = [\"listings/*/*\"]\nresolver = \"3\"\n",
        );
        let mut summary = String::new();
        for chapter in 1..=5 {
            let name = format!("ch0{chapter}-a");
            let mut text = format!("# {name}\n");
            let mut add = |lesson: &str, way: &str, toml: &str, code: &str| {
                book.lesson(&name, lesson, way, toml, code);
                text += &format!("\n{{{{#listing {lesson}/{way}}}}}\n");
            };
            let greet = format!("greet-{chapter}");
            add(&greet, "right_way", "", GREET);
            if chapter == 1 {
                let hang = "kind = \"hang\"\nkill_after_s = 0.4\n";
                add("stuck", "wrong_way", hang, STUCK);
                let error = "kind = \"compile error\"\nerror = \"E0308\"\n";
                add("broken", "wrong_way", error, BROKEN);
            }
            book.write(&format!("src/{name}.md"), &text);
            summary += &format!("- [{name}]({name}.md)\n");
        }
        book.write("src/SUMMARY.md", &summary);
        book
    }

    pub fn write(&self, path: &str, text: &str) {
        let path: PathBuf = self.dir.path().join(path);
        fs::create_dir_all(path.parent().expect("it has one"))
            .and_then(|()| fs::write(path, text))
            .expect("it can be written");
    }

    fn lesson(
        &self,
        chapter: &str,
        name: &str,
        way: &str,
        toml: &str,
        code: &str,
    ) {
        let dir = format!("listings/{chapter}/{name}");
        let bin = format!("{name}-{}", way.replace('_', "-"));
        let broken = toml.contains("compile error");
        let feature = if broken {
            "required-features = [\"compile-error\"]\n\
             [features]\ncompile-error = []\n"
        } else {
            ""
        };
        self.write(
            &format!("{dir}/Cargo.toml"),
            &format!(
                "[package]\nname = \"{name}\"\nedition = \"2024\"\n\
                 autobins = false\n[[bin]]\nname = \"{bin}\"\n\
                 path = \"src/{way}.rs\"\n{feature}"
            ),
        );
        self.write(
            &format!("{dir}/lesson.toml"),
            &format!("title = \"{name}\"\n[{way}]\n{toml}"),
        );
        self.write(&format!("{dir}/src/{way}.rs"), code);
        if broken {
            self.write(&format!("{dir}/src/{way}.stderr"), "error[E0308]: x\n");
        } else {
            let text = recorded(code).to_file();
            self.write(&format!("{dir}/transcripts/{way}.txt"), &text);
        }
    }

    /// Serves it.
    pub fn serve(&self, more: &[&str]) -> Served {
        Served::start(self.dir.path(), more)
    }

    /// What is left of edited programs.
    pub fn left(&self) -> Vec<PathBuf> {
        let target = self.dir.path().join("target");
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

/// What a listing of the workbook does, as if it had been recorded.
pub fn recorded(code: &str) -> Transcript {
    let line = |at, text: &str| Line {
        at,
        text: text.to_owned(),
    };
    let hangs = code == STUCK;
    Transcript {
        program: Source::new(code).fingerprint(),
        lines: if hangs {
            vec![line(0.0, "4711")]
        } else {
            vec![line(0.001, "hello"), line(0.302, "bye")]
        },
        took: if hangs { 0.4 } else { 0.303 },
        end: if hangs { End::Killed } else { End::Exit(0) },
    }
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
