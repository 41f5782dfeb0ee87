//! Every Rust block of every chapter compiles and runs, and each listing's
//! `main` asserts its own claim.

use crate::quiet::LOG;
use crate::{LIBRARY, longest_first, root};
use lessons::{Kind, Listing};
use libtest_mimic::{Failed, Trial};
use runner::lateness::{Sleeper, once_more, respite};
use std::collections::{HashSet, VecDeque};
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{LazyLock, Mutex, mpsc};
use std::thread;
use std::time::Duration;

/// How many programs are compiled at once. Each rustc takes memory, and a
/// program that was compiled sleeps in its place for a while.
const COMPILED_AT_ONCE: usize = 16;

/// How often an executable that is busy is tried.
const BUSY_TRIES: usize = 100;

/// A program of the book, whole.
pub struct WholeProgram {
    /// `skeptic::breakfast/wrong_way`, `skeptic::src/ch16-streaming.md:17`.
    name: String,
    text: String,
    /// What should become of it.
    expected: Expected,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Succeeds,
    Fails,
    /// It would never end: its transcript's time limit holds it.
    NotRun,
}

/// The listing as a program; none for code that must not compile, which
/// trybuild holds.
pub fn program(listing: &Listing) -> Option<WholeProgram> {
    Some(WholeProgram {
        name: format!("skeptic::{}", listing.id),
        text: listing.source.whole(),
        expected: match listing.about.kind {
            Some(Kind::CompileError) => return None,
            Some(Kind::Panic) => Expected::Fails,
            Some(Kind::Hang) => Expected::NotRun,
            _ => Expected::Succeeds,
        },
    })
}

/// The blocks that chapters and README have besides their listings.
pub fn blocks() -> Vec<WholeProgram> {
    let mut files = vec![PathBuf::from("README.md")];
    let chapters = fs::read_dir(root().join("src")).expect("src/ is there");
    files.extend(chapters.map(|entry| {
        let name = entry.expect("it can be read").file_name();
        Path::new("src").join(name)
    }));
    files.sort();
    let mut programs = Vec::new();
    for file in files {
        let Ok(text) = fs::read_to_string(root().join(&file)) else {
            continue;
        };
        programs.extend(book::rust_blocks(&text).into_iter().map(|block| {
            WholeProgram {
                name: format!("skeptic::{}:{}", file.display(), block.line),
                text: unhidden(&block.text),
                expected: Expected::Succeeds,
            }
        }));
    }
    programs
}

/// A block with the lines that a page hides: those behind `# `.
fn unhidden(text: &str) -> String {
    let shown = |line: &'_ str| match line.trim_start().strip_prefix('#') {
        Some("") => String::new(),
        Some(rest) if rest.starts_with(' ') => rest[1..].to_owned(),
        _ => line.to_owned(),
    };
    text.lines().map(|line| shown(line) + "\n").collect()
}

/// Compiles this program with skeptic and runs it.
pub fn trial(program: WholeProgram) -> Trial {
    let name = program.name.clone();
    Trial::test(name, move || ends_as_it_should(&program))
}

/// Runs a program again where its failure says nothing of it: where the
/// machine was late, or its executable busy.
///
/// skeptic opens an executable of its cache for writing and starts it right
/// after. A process that another thread forks in between holds the file open
/// until it executes its own program, and until then the kernel refuses to
/// start this one: "Text file busy".
fn ends_as_it_should(program: &WholeProgram) -> Result<(), Failed> {
    let (mut tried, mut busy) = (1, 0);
    loop {
        let sleeper = Sleeper::start();
        let ended = run(program);
        let lateness = sleeper.wake();
        let Err(words) = ended else { return Ok(()) };
        if words.contains("Text file busy") && busy < BUSY_TRIES {
            busy += 1;
            thread::sleep(Duration::from_millis(20));
        } else if once_more(tried, lateness) {
            thread::sleep(respite(tried));
            tried += 1;
        } else {
            return Err(words.into());
        }
    }
}

/// # Errors
/// Why it did not end as it should, in skeptic's words.
fn run(program: &WholeProgram) -> Result<(), String> {
    let words = skeptics_words(program)?;
    let Some(words) = words else {
        return match program.expected {
            Expected::Fails => Err("it should panic and did not".to_owned()),
            _ => Ok(()),
        };
    };
    // skeptic tells a rustc that fails, a program that does, and a program that
    // can't be started apart by its words.
    if words.contains("--crate-type") {
        return Err(format!("it does not compile: {LOG} says why"));
    }
    let ran = words.starts_with("Command failed:");
    if ran && program.expected == Expected::Fails {
        return Ok(());
    }
    Err(format!("{words}\nWhat it printed is in {LOG}"))
}

/// How long skeptic may take to compile a program and run it, which it does
/// without a limit.
const LIMIT: Duration = Duration::from_mins(5);

/// What skeptic says of a program that does not compile or fails.
///
/// # Errors
/// If it does not end. It is left alone then: skeptic keeps hold of it.
fn skeptics_words(program: &WholeProgram) -> Result<Option<String>, String> {
    let rt = match program.expected {
        Expected::NotRun => skeptic::rt::compile_test,
        _ => skeptic::rt::run_test,
    };
    let text = program.text.clone();
    let (done, ended) = mpsc::channel();
    thread::spawn(move || {
        let (root, out) = (root().to_string_lossy(), OUT.to_string_lossy());
        let ended = catch_unwind(|| rt(&root, &out, &HOST, &text));
        let words = ended.err().map(|panic| match panic.downcast::<String>() {
            Ok(words) => *words,
            Err(_) => "skeptic says no more".to_owned(),
        });
        // Nobody waits for it any more once its time is up.
        let _ = done.send(words);
    });
    ended.recv_timeout(LIMIT).map_err(|_| {
        format!("it does not end: {} s are the most", LIMIT.as_secs())
    })
}

/// A folder for skeptic, which finds what cargo built from a build script's:
/// `target/debug/build/x/out`.
static OUT: LazyLock<PathBuf> =
    LazyLock::new(|| profile().join("build/promises/out"));

/// The folder `target/debug`: this program is in its `deps`.
fn profile() -> PathBuf {
    let program = std::env::current_exe().expect("the system knows it");
    let profile = program
        .ancestors()
        .nth(2)
        .expect("it is in target/debug/deps");
    profile.to_path_buf()
}

/// What rustc compiles for.
static HOST: LazyLock<String> = LazyLock::new(|| {
    let output = Command::new("rustc").arg("-vV").output();
    let output = output.expect("rustc can be started");
    let said = String::from_utf8_lossy(&output.stdout);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc says its host").to_owned()
});

/// Has skeptic compile all its programs: for minutes rustc leaves no processor
/// to a run that is held to its times. How they end is not looked at; they run
/// again.
pub fn compile_all() {
    let programs = longest_first().into_iter().filter_map(program);
    let programs: VecDeque<WholeProgram> = programs.chain(blocks()).collect();
    let programs = Mutex::new(programs);
    let next = || programs.lock().expect("no panic holds it").pop_front();
    thread::scope(|scope| {
        for _ in 0..COMPILED_AT_ONCE {
            scope.spawn(|| {
                while let Some(program) = next() {
                    // It is judged when it is run again.
                    let _ = run(&program);
                }
            });
        }
    });
}

/// Whether skeptic compiles a program that it has compiled before. It asks
/// which files it links, and a build of another package, or of other features,
/// may have written others.
pub fn must_compile() -> bool {
    let kept = || -> HashSet<_> {
        let entries = fs::read_dir(profile().join(".skeptic-bin"));
        let names = entries.into_iter().flatten().flatten();
        names.map(|entry| entry.file_name()).collect()
    };
    let before = kept();
    let probe = WholeProgram {
        name: String::new(),
        text: "fn main() {}".to_owned(),
        expected: Expected::Succeeds,
    };
    // If it fails, each program will, and tell why.
    let _ = run(&probe);
    before.len() < LIBRARY.listings().count() / 2 || !kept().is_subset(&before)
}
