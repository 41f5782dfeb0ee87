//! The program as a process: Ctrl-C, the run after it, and another's server.
#![cfg(unix)]

use llm_server::{Listening, LlmServer, Model, Script};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The program, asking a server that answers after `latency`, with five requests
/// and no more to spend in the time of a test.
async fn start(saved: &Path, latency: Duration) -> (Child, Listening) {
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
    (program, listening)
}

fn interrupt(program: &Child) {
    let id = program.id().try_into().expect("a process id");
    kill(Pid::from_raw(id), Signal::SIGINT).expect("it runs");
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
    let saved = dir.path().join("summary.json");
    let (mut program, _server) =
        start(&saved, Duration::from_millis(200)).await;
    let mut printed = lines(&mut program);
    assert!(printed.any(|line| line.contains("done, 3 of 14")));
    interrupt(&program);
    let rest: Vec<String> = printed.collect();
    assert_eq!(program.wait().expect("it ends").code(), Some(130));
    let told = rest.join("\n");
    assert!(told.contains("Stopping"), "{told}");
    let (_, path) = told.rsplit_once(" -- ").expect("how to go on");
    assert_eq!(Path::new(path), saved);
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
    assert_eq!(program.wait().expect("it ends").code(), Some(130));
    assert!(second.elapsed() < Duration::from_millis(900), "at once");
    assert_eq!(self::done(&saved), done);
}

/// The numbers of the chunks that a checkpoint has, from 1.
fn done(saved: &Path) -> BTreeSet<usize> {
    let text = std::fs::read_to_string(saved).expect("it is saved");
    let text: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let done = text["done"].as_object().expect("a table");
    let indices = done.keys().map(|index| index.parse::<usize>());
    indices.map(|index| index.expect("a number") + 1).collect()
}

#[tokio::test]
async fn the_environment_names_the_server_the_key_and_the_model() {
    let model = Model::new("theirs").says("So it goes.");
    let script = Script::new().model(model).api_key("sk-theirs");
    let server = LlmServer::new(script);
    let listening = server.listen("127.0.0.1:0").await.expect("a port");
    let program = env!("CARGO_BIN_EXE_summary-right-way");
    let ran = tokio::process::Command::new(program)
        .env("OPENAI_BASE_URL", listening.base_url())
        .env("OPENAI_API_KEY", "sk-theirs")
        .env("WORKBOOK_MODEL", "theirs")
        .output()
        .await
        .expect("the program starts");
    let printed = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{printed}");
    assert!(printed.contains("chunk 01: asking theirs"), "{printed}");
    assert!(printed.contains("So it goes.\ntold after"), "{printed}");
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
    let ran = tokio::process::Command::new(program)
        .env("OPENAI_BASE_URL", listening.base_url())
        .env("OPENAI_API_KEY", "sk-secret")
        .env("WORKBOOK_MODEL", "theirs")
        .output()
        .await
        .expect("the program starts");
    assert_eq!(ran.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(said.contains("status 401, invalid_api_key"), "{said}");
    assert!(!said.contains("sk-secret"), "{said}");
    // Nobody begins another chunk once one was told that the key is wrong.
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
    let said = String::from_utf8_lossy(&ran.stderr);
    let words = "WORKBOOK_RPM is «sixty», and must be a number from 1 to";
    assert!(said.starts_with(words), "{said}");
}

#[test]
fn the_script_of_the_novelist_is_sound() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/novelist.toml");
    let script = Script::read(Path::new(file));
    let script = script.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(script.names().collect::<Vec<_>>(), ["novelist"]);
}
