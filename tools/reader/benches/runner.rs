//! How long a reader waits for what a page runs: medians of ten, on this
//! machine, beside `cargo run` and, where it is installed, the REPL evcxr.
//!
//! `cargo bench --package reader --profile dev`: the server is measured as
//! readers have it, not optimised.

#[path = "../tests/reader/client.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod client;

use client::Served;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;
use tempfile::TempDir;

const ROUNDS: usize = 10;

/// A lesson of the first chapter: its wrong way needs std alone, its right way
/// tokio. Both print their first line at once.
const LESSON: &str = "listings/ch01-two-kitchens/breakfast";
const FIRST_LINE: &str = "Brewing coffee";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root.canonicalize().expect("the workbook's folder");
    let served = Served::start(&root, &[]);
    let copy = Copy::of(&root);
    let mut repls = [
        ("evcxr", Evcxr::start(&[])),
        ("evcxr with `:opt 0`", Evcxr::start(&[":opt 0"])),
    ];
    println!("in milliseconds, median of {ROUNDS} (worst)");
    for way in ["wrong_way", "right_way"] {
        println!("\nbreakfast/{way}");
        unchanged(&served, way);
        edited(&root, &served, &copy, &mut repls, way);
    }
    println!();
    lateness(&served);
}

fn unchanged(served: &Served, way: &str) {
    first_line(served, way, None);
    let times: Vec<f64> =
        (0..ROUNDS).map(|_| first_line(served, way, None)).collect();
    report("unchanged, to its first line", &times);
}

fn edited(
    root: &Path,
    served: &Served,
    copy: &Copy,
    repls: &mut [(&str, Option<Evcxr>)],
    way: &str,
) {
    let path = format!("{LESSON}/src/{way}.rs");
    let text = fs::read_to_string(root.join(&path)).expect("the listing");
    // Another each time, and soon over.
    let changed = |round: usize| {
        let line = format!("{FIRST_LINE} {round}");
        text.replace("from_secs(", "from_millis(")
            .replace(FIRST_LINE, &line)
    };
    let first = first_line(served, way, Some(&changed(ROUNDS)));
    report("edited, the first time", &[first]);
    copy.run(&path, way, &changed(ROUNDS));
    for (_, repl) in repls.iter_mut() {
        repl.as_mut().map(|repl| repl.evaluate(&changed(ROUNDS)));
    }
    let (mut page, mut cargo) = (Vec::new(), Vec::new());
    let mut others = vec![Vec::new(); repls.len()];
    for round in 0..ROUNDS {
        let text = changed(round);
        page.push(first_line(served, way, Some(&text)));
        cargo.push(copy.run(&path, way, &text));
        for ((_, repl), times) in repls.iter_mut().zip(&mut others) {
            times.extend(repl.as_mut().map(|repl| repl.evaluate(&text)));
        }
    }
    report("edited, to its first line", &page);
    report("`cargo run` on the same change", &cargo);
    ratio("edited / `cargo run`", &page, &cargo);
    for ((name, _), times) in repls.iter().zip(&others) {
        beside(name, times, &page);
    }
}

/// How long a REPL takes, if it is there, beside the page.
fn beside(name: &str, times: &[f64], page: &[f64]) {
    if times.is_empty() {
        println!("{name}: `cargo install evcxr_repl --locked`");
        return;
    }
    report(&format!("{name} on the same cell"), times);
    ratio(&format!("{name} / edited"), times, page);
}

fn order(way: &str, source: Option<&str>) -> Value {
    let listing = format!("breakfast/{way}");
    match source {
        Some(source) => json!({ "listing": listing, "source": source }),
        None => json!({ "listing": listing }),
    }
}

/// Milliseconds from the request to the first line, less the line's own time.
fn first_line(served: &Served, way: &str, source: Option<&str>) -> f64 {
    let start = Instant::now();
    let mut events = served.post("/api/run", &order(way, source));
    let run = events.until("accepted")["run"].clone();
    let line = events.until("line");
    let took = start.elapsed().as_secs_f64();
    served.post("/api/stop", &json!({ "run": run })).all();
    while events.next().is_some() {}
    1000.0 * (took - line["at"].as_f64().unwrap_or_default())
}

/// By how much lines arrive later than they were printed, and by how much
/// they were printed later than recorded.
fn lateness(served: &Served) {
    let (mut arrived, mut printed) = (vec![], vec![]);
    let recorded = recorded();
    for _ in 0..ROUNDS {
        let mut events = served.post("/api/run", &order("right_way", None));
        events.until("started");
        let start = Instant::now();
        let mut place = 0;
        while let Some(event) = events.next() {
            if event["event"] != "line" {
                continue;
            }
            let at = event["at"].as_f64().unwrap_or_default();
            let now = start.elapsed().as_secs_f64();
            arrived.push(1000.0 * (now - at));
            printed.push(1000.0 * (at - recorded[place]));
            place += 1;
        }
        assert_eq!(place, recorded.len(), "as many lines as recorded");
    }
    report("a line's way to the page", &arrived);
    report("a line's lateness against the transcript", &printed);
}

/// When the recorded run printed its lines, in seconds.
fn recorded() -> Vec<f64> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (library, _) = lessons::Library::load(&root).expect("the listings");
    let mut all = library.listings();
    let listing =
        all.find(|listing| listing.id.to_string() == "breakfast/right_way");
    let run = listing.and_then(|it| it.transcript.as_ref());
    let lines = &run.expect("it is recorded").lines;
    lines.iter().map(|line| line.at).collect()
}

fn median(times: &[f64]) -> f64 {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    let middle = times.len() / 2;
    if times.len() % 2 == 1 {
        times[middle]
    } else {
        f64::midpoint(times[middle - 1], times[middle])
    }
}

fn report(what: &str, times: &[f64]) {
    let worst = times.iter().copied().fold(f64::MIN, f64::max);
    println!("{:>8.1} ({worst:.1})  {what}", median(times));
}

fn ratio(what: &str, over: &[f64], under: &[f64]) {
    println!("{:>8.2}×  {what}", median(over) / median(under));
}

/// A copy of the workbook, in which `cargo run` runs a change.
struct Copy {
    dir: TempDir,
}

impl Copy {
    fn of(root: &Path) -> Self {
        let copy = Self {
            dir: TempDir::new().expect("a folder"),
        };
        let output = Command::new("git")
            .args(["ls-files", "-z"])
            .current_dir(root)
            .output()
            .expect("git is there");
        let names = String::from_utf8(output.stdout).expect("UTF-8");
        for name in names.split('\0').filter(|name| !name.is_empty()) {
            let to: PathBuf = copy.dir.path().join(name);
            let made = fs::create_dir_all(to.parent().expect("it has one"));
            made.and_then(|()| fs::copy(root.join(name), to))
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        copy
    }

    /// Milliseconds from the command to the first line of the program.
    fn run(&self, path: &str, way: &str, source: &str) -> f64 {
        let bin = format!("breakfast-{}", way.replace('_', "-"));
        fs::write(self.dir.path().join(path), source)
            .expect("it can be written");
        let start = Instant::now();
        let mut child = Command::new("cargo")
            .args(["run", "--quiet", "--offline", "--bin", &bin])
            .current_dir(self.dir.path())
            .env_remove("CARGO_TARGET_DIR")
            .stdout(Stdio::piped())
            // Its assertion fails: it is shortened.
            .stderr(Stdio::null())
            .spawn()
            .expect("cargo is there");
        let stdout = child.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let line = lines.next().unwrap_or_default();
        let took = start.elapsed();
        assert!(line.contains(FIRST_LINE), "{line}");
        // The program ends by itself; the next is another.
        lines.for_each(drop);
        child.wait().expect("it ends");
        1000.0 * took.as_secs_f64()
    }
}

/// The REPL, told what the listings depend on.
struct Evcxr {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Evcxr {
    fn start(options: &[&str]) -> Option<Self> {
        let mut child = Command::new("evcxr")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut repl = Self {
            stdin: child.stdin.take()?,
            stdout: BufReader::new(child.stdout.take()?),
            child,
        };
        for option in options {
            repl.tell(option);
        }
        repl.tell(
            ":dep tokio = { version = \"1\", features = [\"full\", \
             \"test-util\"] }",
        );
        Some(repl)
    }

    fn tell(&mut self, text: &str) {
        writeln!(self.stdin, "{text}").expect("it listens");
    }

    /// Milliseconds from the cell to its first line.
    fn evaluate(&mut self, source: &str) -> f64 {
        let program = source.split("#[cfg(test)]").next().unwrap_or_default();
        let program: Vec<&str> = program
            .lines()
            .filter(|line| !line.starts_with("//!"))
            .collect();
        let cell = format!("{{ {} main(); }}", program.join(" \n"));
        let start = Instant::now();
        self.tell(&cell);
        self.until(FIRST_LINE);
        let took = start.elapsed();
        self.until("after");
        1000.0 * took.as_secs_f64()
    }

    fn until(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            let read = self.stdout.read_line(&mut line);
            assert!(read.is_ok_and(|read| read > 0), "evcxr ended");
        }
    }
}

impl Drop for Evcxr {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
