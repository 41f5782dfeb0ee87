//! Runs of real programs: what is printed when, and how it ends.

use lessons::transcript::End;
use lessons::{Library, Listing};
use runner::error::Error;
use runner::lines::Printed;
use runner::process::Reach;
use runner::record;
use runner::run::{Run, Running, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SECOND: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(30);

/// Where cargo lets tests write.
const TARGET: &str = env!("CARGO_TARGET_TMPDIR");

/// One program for all tests, compiled once: it does what its name says.
const PROGRAM: &str = r#"
fn main() {
    let name = std::env::args().next().unwrap();
    let does = std::path::Path::new(&name).file_stem().unwrap();
    match does.to_str().unwrap() {
        "speaks" => {
            println!("one");
            eprintln!("two");
            std::thread::sleep(std::time::Duration::from_millis(300));
            println!("three");
            print!("four");
        }
        "panics" => panic!("no reactor"),
        "hangs" => {
            println!("waiting");
            loop {
                std::thread::park();
            }
        }
        "prints-lines" => loop {
            println!("more");
        },
        "prints-one-line" => loop {
            print!("more");
        },
        "streams" => {
            use std::io::Write;
            for part in ["\x1b[32mOne", " by", "\x1b[0m one"] {
                print!("{part}");
                std::io::stdout().flush().unwrap();
                std::thread::sleep(std::time::Duration::from_millis(300));
            }
            println!(".");
            for done in 1..=3 {
                print!("\r{done} of 3");
                std::io::stdout().flush().unwrap();
                std::thread::sleep(std::time::Duration::from_millis(300));
            }
        }
        "leaves" => {
            std::process::Command::new("sleep").arg("2").spawn().unwrap();
            println!("left");
        }
        _ => unreachable!(),
    }
}
"#;

/// Runs the program that does as it is called, for `limit` at most.
async fn run_program(name: &str, limit: Duration) -> Result<Run, Error> {
    let (dir, program) = linked(name);
    run(&program, dir.path(), limit).await
}

/// The program under another name, in a folder of its own.
fn linked(name: &str) -> (TempDir, PathBuf) {
    static COMPILED: LazyLock<PathBuf> = LazyLock::new(|| {
        let dir = TempDir::new_in(TARGET).expect("a folder");
        let source = dir.path().join("program.rs");
        let program = dir.path().join("program");
        fs::write(&source, PROGRAM).expect("it can be written");
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let done = Command::new(rustc)
            .args([&source, Path::new("-o"), &program])
            .status()
            .expect("rustc is there");
        assert!(done.success());
        // Another run of this test may have the last one open.
        let kept = Path::new(TARGET).join("does-what-its-name-says");
        fs::rename(program, &kept).expect("it can be moved");
        kept
    });
    let dir = TempDir::new_in(TARGET).expect("a folder");
    let program = dir.path().join(name);
    fs::hard_link(&*COMPILED, &program).expect("it can be linked");
    (dir, program)
}

fn words(run: &Run) -> Vec<&str> {
    run.lines.iter().map(|line| line.text.as_str()).collect()
}

#[tokio::test]
async fn lines_are_stamped_as_they_come_from_both_streams_in_order() {
    let seen = run_program("speaks", LONG).await.expect("it runs");
    assert_eq!(words(&seen), ["one", "two", "three", "four"]);
    assert!(seen.lines[2].at >= 0.3, "{seen:?}");
    assert!(seen.took >= 0.3, "{seen:?}");
    assert_eq!(seen.end, End::Exit(0));
}

#[tokio::test]
async fn what_is_printed_of_a_line_is_heard_before_the_line_is_whole() {
    let (_dir, program) = linked("streams");
    let start = Instant::now();
    let running = Running::start(Command::new(program).into(), Reach::Itself);
    let mut begun = Vec::new();
    let heard = |printed: &Printed| {
        if let Printed::Begun(line) = printed {
            let late = start.elapsed().as_secs_f64() - line.at;
            begun.push((line.text.clone(), late));
        }
    };
    let seen = running.expect("it starts").end(LONG, heard).await;
    let words: Vec<&str> = begun.iter().map(|it| &*it.0).collect();
    assert_eq!(
        words,
        ["One", "One by", "One by one", "1 of 3", "2 of 3", "3 of 3"]
    );
    let seen = seen.expect("it runs");
    let whole: Vec<&str> = seen.lines.iter().map(|it| &*it.text).collect();
    assert_eq!(whole, ["One by one.", "3 of 3"]);
    // A busy machine may be late with one, not with all.
    let soonest = begun.iter().map(|it| it.1).fold(f64::MAX, f64::min);
    assert!(soonest < 0.05, "{begun:?}");
}

#[tokio::test]
async fn a_panic_ends_with_101_and_its_words() {
    let seen = run_program("panics", LONG).await.expect("it runs");
    assert_eq!(seen.end, End::Exit(101));
    assert!(words(&seen).contains(&"no reactor"), "{seen:?}");
}

#[tokio::test]
async fn a_program_that_hangs_is_killed_and_keeps_its_lines() {
    let seen = run_program("hangs", SECOND).await.expect("it runs");
    assert_eq!(seen.end, End::Killed);
    assert_eq!(words(&seen), ["waiting"]);
    assert!(seen.took >= 1.0, "{seen:?}");
}

#[tokio::test]
async fn a_program_that_prints_without_end_is_refused() {
    let ended = run_program("prints-lines", LONG).await;
    let error = ended.expect_err("too much");
    assert!(
        error.to_string().contains("more than 10000 lines"),
        "{error}"
    );
}

#[tokio::test]
async fn a_line_without_end_is_refused() {
    let ended = run_program("prints-one-line", LONG).await;
    let error = ended.expect_err("too much");
    assert!(error.to_string().contains("more than 256 KiB"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_process_that_is_left_behind_keeps_no_run_open() {
    let seen = run_program("leaves", LONG).await.expect("it runs");
    assert_eq!(words(&seen), ["left"]);
    assert!(seen.took < 1.5, "{seen:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn of_a_program_that_is_dropped_nothing_is_left() {
    let (_dir, program) = linked("hangs");
    let runtime = tokio::runtime::Runtime::new().expect("threads");
    let dropped = runtime.spawn(async move {
        let running =
            Running::start(Command::new(program).into(), Reach::Group);
        let id = running.expect("it starts").id();
        format!("/proc/{}", id.expect("it runs"))
    });
    let process = runtime.block_on(dropped).expect("it is dropped");
    // Nothing else happens in the runtime that would wake who waits for it.
    let start = Instant::now();
    while Path::new(&process).exists() {
        assert!(start.elapsed() < LONG / 3, "not even a zombie");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test]
async fn a_program_that_is_not_there_is_an_error() {
    let nowhere = Path::new("/no/such/program");
    assert!(run(nowhere, Path::new("."), SECOND).await.is_err());
}

/// A listing of the workbook.
fn listing() -> Listing {
    static FIRST: LazyLock<Listing> = LazyLock::new(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let (library, _) = Library::load(&root).expect("listings/ can be read");
        library.listings().next().expect("there are some").clone()
    });
    FIRST.clone()
}

#[tokio::test]
async fn a_listing_that_hangs_is_named() {
    let listing = listing();
    let run = Run {
        lines: Vec::new(),
        took: 60.0,
        end: End::Killed,
        lateness: 0.0,
    };
    let error = record::transcript(&listing, &run).expect_err("it hangs");
    let said = error.to_string();
    assert!(
        said.starts_with(&format!("{} hangs", listing.bin())),
        "{said}"
    );
    assert!(said.contains("kill_after_s"), "{said}");
}

#[tokio::test]
async fn a_listing_that_should_hang_and_ends_is_named() {
    let mut listing = listing();
    listing.about.kill_after_s = Some(3.0);
    let run = Run {
        lines: Vec::new(),
        took: 0.1,
        end: End::Exit(0),
        lateness: 0.0,
    };
    let error = record::transcript(&listing, &run).expect_err("it ends");
    assert!(error.to_string().contains("should hang, yet it ended"));
}

#[test]
fn cargo_is_not_told_whose_program_starts_it() {
    let command = runner::cargo::command(std::path::Path::new("."));
    for name in ["CARGO_MANIFEST_DIR", "CARGO_PKG_NAME"] {
        assert!(std::env::var_os(name).is_some(), "cargo runs this test");
        let removed = |(of, value): (&std::ffi::OsStr, Option<_>)| {
            of == name && value.is_none()
        };
        assert!(command.get_envs().any(removed), "{name}");
    }
}
