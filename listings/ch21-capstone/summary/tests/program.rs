//! The program as a process: Ctrl-C, the run after it, and a server of its own.
#![cfg(unix)]

use llm_server::{Listening, LlmServer, Model, Script};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Of a model that is quick.
const LATENCY: Duration = Duration::from_millis(100);

/// The program, asking a server that answers after `latency`, with five requests
/// and no more to spend in the time of a test.
async fn start(
    saved: &Path,
    latency: Duration,
) -> (Child, (LlmServer, Listening)) {
    let model = Model::new("theirs").first_token(latency).says("Well.");
    let server = LlmServer::new(Script::new().model(model));
    let listening = server.listen("127.0.0.1:0").await.expect("a port");
    let program = Command::new(env!("CARGO_BIN_EXE_summary-right-way"))
        .arg(saved)
        .env("OPENAI_BASE_URL", listening.base_url())
        .env("WORKBOOK_MODEL", "theirs")
        .env("WORKBOOK_RPM", "6")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    (program, (server, listening))
}

fn interrupt(program: &Child) {
    signal(program, Signal::SIGINT);
}

fn signal(program: &Child, signal: Signal) {
    let id = program.id().try_into().expect("a process id");
    kill(Pid::from_raw(id), signal).expect("it runs");
}

/// The lines of a program, as they come.
fn lines(program: &mut Child) -> impl Iterator<Item = String> + use<> {
    let out = program.stdout.take().expect("it is piped");
    BufReader::new(out).lines().map(|line| line.expect("text"))
}

/// The first run is stopped once and saves what it has; the second goes on from
/// there, and is stopped twice. That a resumed run comes to its end is held
/// without a process, in `src/pipeline.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn what_ctrl_c_saved_is_not_asked_again() {
    let dir = TempDir::new().expect("a folder");
    let saved = dir.path().join("summary.jsonl");
    let (mut program, _server) = start(&saved, LATENCY).await;
    let mut printed = lines(&mut program);
    assert!(printed.any(|line| line.contains("done, 3 of 14")));
    interrupt(&program);
    let rest: Vec<String> = printed.collect();
    assert_eq!(program.wait().expect("it ends").code(), Some(130));
    let told = rest.join("\n");
    assert!(told.contains("Stopping"), "{told}");
    let (_, path) = told.rsplit_once(" -- ").expect("how to go on");
    assert_eq!(Path::new(path), saved);
    let is = format!("What is done is in {}", saved.display());
    assert!(told.contains(&is), "{told}");
    let done = done(&saved);
    // Three, and those that ended within the grace.
    assert!((3..=5).contains(&done.len()), "{done:?}");

    let (mut program, _server) = start(&saved, Duration::from_hours(1)).await;
    let mut printed = lines(&mut program);
    let first = format!("14 chunks, {} of them done before", done.len());
    assert_eq!(printed.next(), Some(first));
    let asked: Vec<String> = printed.by_ref().take(4).collect();
    let next = (1..=14).filter(|number| !done.contains(number));
    for (line, number) in asked.iter().zip(next) {
        assert_eq!(*line, format!("chunk {number:02}: asking theirs"));
    }
    interrupt(&program);
    assert!(printed.any(|line| line.contains("Stopping")));
    let second = Instant::now();
    interrupt(&program);
    let rest: Vec<String> = printed.collect();
    assert_eq!(program.wait().expect("it ends").code(), Some(130));
    assert!(second.elapsed() < Duration::from_millis(900), "at once");
    let is = format!("Left at once. What is done is in {}", saved.display());
    assert!(rest.iter().any(|line| line.starts_with(&is)), "{rest:?}");
    assert_eq!(self::done(&saved), done);
}

/// The numbers of the chunks that a checkpoint has, from 1.
fn done(saved: &Path) -> BTreeSet<usize> {
    let text = std::fs::read_to_string(saved).expect("it is saved");
    let number = |line: &str| {
        let entry: serde_json::Value = serde_json::from_str(line).ok()?;
        usize::try_from(entry["chunk"].as_u64()? + 1).ok()
    };
    text.lines().filter_map(number).collect()
}

/// As a supervisor ends a program.
#[tokio::test(flavor = "multi_thread")]
async fn sigterm_saves_what_is_done_and_says_where() {
    let dir = TempDir::new().expect("a folder");
    let saved = dir.path().join("summary.jsonl");
    let (mut program, _server) = start(&saved, LATENCY).await;
    let mut printed = lines(&mut program);
    assert!(printed.any(|line| line.contains("done, 2 of 14")));
    signal(&program, Signal::SIGTERM);
    let told = printed.collect::<Vec<_>>().join("\n");
    assert_eq!(program.wait().expect("it ends").code(), Some(143));
    assert!(told.contains("Failed: interrupted"), "{told}");
    assert!(told.contains("What is done is in"), "{told}");
    assert!(done(&saved).len() >= 2);
}

/// The two calls that a closed pipe finds under way are paid for, so they are
/// saved; nothing more is.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_goes_away_loses_no_answer() {
    let dir = TempDir::new().expect("a folder");
    let saved = dir.path().join("summary.jsonl");
    let (mut program, (server, _port)) = start(&saved, LATENCY).await;
    let printed = lines(&mut program);
    // As `head -4` does: four chunks are begun by then.
    assert_eq!(printed.take(4).count(), 4);
    let ended = tokio::task::spawn_blocking(move || program.wait());
    let ended = ended.await.expect("no panic").expect("it ends");
    assert_eq!(ended.code(), Some(130));
    let asked = server.seen().completed;
    assert_eq!(done(&saved).len(), usize::try_from(asked).expect("few"));
    assert!((4..=5).contains(&asked), "{asked}");
}

/// The story has begun when the signal comes.
#[tokio::test(flavor = "multi_thread")]
async fn sigterm_during_the_story_is_told_as_sigterm() {
    let dir = TempDir::new().expect("a folder");
    let saved = dir.path().join("summary.jsonl");
    // Each chunk at once, in a word; then a story of three.
    let asked = AtomicUsize::new(0);
    let says = move |_: &_| match asked.fetch_add(1, Ordering::Relaxed) {
        ..14 => "Well.".into(),
        _ => "It ends well.".into(),
    };
    let model = Model::new("theirs").says_by(says);
    let model = model.between_tokens(Duration::from_millis(300));
    let server = LlmServer::new(Script::new().model(model));
    let listening = server.listen("127.0.0.1:0").await.expect("a port");
    let mut program = Command::new(env!("CARGO_BIN_EXE_summary-right-way"))
        .arg(&saved)
        .env("OPENAI_BASE_URL", listening.base_url())
        .env("WORKBOOK_MODEL", "theirs")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut printed = lines(&mut program);
    assert!(printed.any(|line| line == "The story so far:"));
    signal(&program, Signal::SIGTERM);
    let told = printed.collect::<Vec<_>>().join("\n");
    assert_eq!(program.wait().expect("it ends").code(), Some(143), "{told}");
    assert_eq!(done(&saved).len(), 14, "all summaries are kept");
}

#[tokio::test]
async fn the_environment_names_the_server_the_key_and_the_model() {
    let model = Model::new("theirs").says("So it goes.");
    let script = Script::new().model(model).api_key("sk-theirs");
    let server = LlmServer::new(script);
    let listening = server.listen("127.0.0.1:0").await.expect("a port");
    let program = env!("CARGO_BIN_EXE_summary-right-way");
    let dir = TempDir::new().expect("a folder");
    let ran = tokio::process::Command::new(program)
        .current_dir(&dir)
        .env("OPENAI_BASE_URL", listening.base_url())
        .env("OPENAI_API_KEY", "sk-theirs")
        .env("WORKBOOK_MODEL", "theirs")
        .env("WORKBOOK_PRICE_IN", "0.15")
        .env("WORKBOOK_PRICE_OUT", "0.60")
        .env("WORKBOOK_TPM", "") // empty is not set
        .output()
        .await
        .expect("the program starts");
    let printed = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{printed}");
    assert!(printed.contains("chunk 01: asking theirs"), "{printed}");
    assert!(printed.contains("So it goes.\ntheirs read "), "{printed}");
    assert!(
        printed.contains(" 0 requests told no cost; about 0."),
        "{printed}"
    );
    assert!(printed.ends_with("The answer is whole\n"), "{printed}");
    let left = std::fs::read_dir(&dir).expect("a folder").count();
    assert_eq!(left, 0, "the work is done");
    // Fourteen chunks of two thousand tokens, and the story.
    assert_eq!(server.seen().by_status, [(200, 15)].into());
}

#[tokio::test]
async fn a_wrong_key_is_said_at_once() {
    let script = Script::new()
        .model(Model::new("theirs"))
        .api_key("sk-theirs");
    let server = LlmServer::new(script);
    let listening = server.listen("127.0.0.1:0").await.expect("a port");
    let program = env!("CARGO_BIN_EXE_summary-right-way");
    let dir = TempDir::new().expect("a folder");
    let ran = tokio::process::Command::new(program)
        .current_dir(&dir)
        .env("OPENAI_BASE_URL", listening.base_url())
        .env("OPENAI_API_KEY", "sk-secret")
        .env("WORKBOOK_MODEL", "theirs")
        .output()
        .await
        .expect("the program starts");
    assert_eq!(ran.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(said.contains("the key was refused, status 401"), "{said}");
    assert!(said.contains("Failed: chunk 0"), "{said}");
    assert!(!said.contains("sk-secret"), "{said}");
    // No chunk is begun after the first that is told so.
    assert!(server.seen().requests <= 4, "{:?}", server.seen());
}

#[test]
fn a_limit_that_is_no_number_is_told() {
    let ran = Command::new(env!("CARGO_BIN_EXE_summary-right-way"))
        .env("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
        .env("WORKBOOK_RPM", "sixty")
        .output()
        .expect("the program starts");
    assert_eq!(ran.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ran.stdout);
    let words = "Failed: WORKBOOK_RPM is \"sixty\", and must be a number from";
    assert!(said.starts_with(words), "{said}");
}

#[test]
fn the_script_of_the_novelist_is_sound() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/novelist.toml");
    let script = Script::read(Path::new(file));
    let script = script.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(script.names().collect::<Vec<_>>(), ["novelist"]);
}
