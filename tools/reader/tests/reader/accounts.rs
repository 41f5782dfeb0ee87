//! What another account of the machine sees of the server, as Linux shows it.

use crate::access::{REMEDY, order_with};
use crate::client::Served;
use crate::served::{STUCK, ServedWorkbook, entries, wait_for};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A workbook whose folder others may enter, served, with a program in place of
/// the browser that notes what it is told to open.
struct Opened {
    book: ServedWorkbook,
    served: Served,
    file: PathBuf,
}

impl Opened {
    fn new() -> Self {
        let book = ServedWorkbook::new();
        let dir = book.root();
        let open_to_all = fs::Permissions::from_mode(0o755);
        fs::set_permissions(dir, open_to_all).expect("it is ours");
        let opener = dir.join("bin/xdg-open");
        // It stays, so that its arguments can be looked at.
        book.write(
            "bin/xdg-open",
            "#!/bin/sh\necho \"$1\" >\"$0.told\"\nsleep 5\n",
        );
        let runs = fs::Permissions::from_mode(0o755);
        fs::set_permissions(&opener, runs).expect("it is ours");
        let path = std::env::var("PATH").expect("there is one");
        let mut command = Served::command(dir);
        command.args(["--port", "0"]);
        command.env("PATH", format!("{}:{path}", dir.join("bin").display()));
        let served = Served::spawn(&mut command);
        let told = opener.with_extension("told");
        let mut file = String::new();
        wait_for(
            || {
                file = fs::read_to_string(&told).unwrap_or_default();
                file.ends_with('\n')
            },
            "no browser was started",
        );
        let file = file.trim_end().into();
        Self { book, served, file }
    }
}

#[test]
fn a_browser_is_opened_on_a_file_that_only_the_reader_may_read() {
    let Opened { book, served, file } = Opened::new();
    let metadata = fs::metadata(&file).expect("it is there");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&file).expect("it is ours");
    let Served { host, key, .. } = &served;
    let next = format!("content=\"0; url=http://{host}/?key={key}\"");
    assert!(text.contains(&next), "{text}");
    ends_without_a_trace(served, &file);
    // One that was killed had no time to delete it; the next one does.
    let left = file.with_file_name("1.html");
    fs::write(&left, "").expect("it can be written");
    let next = book.serve(&[]);
    assert!(!left.exists(), "{}", left.display());
    drop(next);
}

#[track_caller]
fn ends_without_a_trace(mut served: Served, file: &Path) {
    let pid = served.child.id().to_string();
    let told = Command::new("kill").args(["-INT", &pid]).status();
    assert!(told.expect("kill is there").success());
    assert!(served.child.wait().expect("it ends").success());
    assert!(!file.exists(), "{}", file.display());
}

/// The arguments of all processes.
fn arguments() -> Vec<(PathBuf, String)> {
    let processes = entries("/proc".as_ref());
    let arguments = processes.filter_map(|process| {
        let all = fs::read(process.join("cmdline")).ok()?;
        Some((process, String::from_utf8_lossy(&all).into_owned()))
    });
    arguments.collect()
}

#[test]
fn the_key_is_in_no_arguments_of_a_process() {
    let Opened { served, file, .. } = Opened::new();
    let order = json!({ "listing": "greet-1/right_way", "source": STUCK });
    let mut events = served.post("/api/run", &order);
    let mut seen = String::new();
    while events.next().is_some_and(|event| event["event"] != "line") {
        for (process, arguments) in arguments() {
            for secret in [&served.key, &served.token] {
                let process = process.display();
                assert!(!arguments.contains(secret), "{process}: {arguments}");
            }
            seen += &arguments;
        }
    }
    let opener = file.to_string_lossy().into_owned();
    assert!(seen.contains(&opener), "the browser is among them: {seen}");
}

/// What another account of this machine sees: of a command, all it printed.
fn as_nobody(script: &str) -> String {
    let output = Command::new("bash")
        .args(["-c", script])
        .current_dir("/")
        .uid(65534)
        .gid(65534)
        .output()
        .expect("bash is there");
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).into_owned()
}

/// Sends a request as another account.
fn ask_as_nobody(served: &Served, head: &str, body: &str) -> String {
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let script = format!(
        "exec 3<>/dev/tcp/127.0.0.1/{}; printf %s '{request}' >&3; cat <&3",
        served.port()
    );
    as_nobody(&script)
}

#[test]
#[ignore = "needs root, to act as another account; .ci/run does it"]
fn another_account_of_the_machine_reads_and_runs_nothing() {
    let Opened { book, served, file } = Opened::new();
    let page = served.head("GET", "/ch01-a.html", &[]);
    let page = ask_as_nobody(&served, &page, "");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert_eq!(Served::token(&page), None, "{page}");
    let order = order_with(&served, "/api/run", "Cookie: a=b");
    let body = r#"{"listing": "greet-1/right_way"}"#;
    let answer = ask_as_nobody(&served, &order, body);
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains(REMEDY), "{answer}");
    let shown = file.display();
    let all = as_nobody(&format!("ls -l '{shown}'; cat '{shown}'; ps -ef"));
    assert!(all.contains("-rw-------"), "it sees the file: {all}");
    assert!(all.contains("Permission denied"), "{all}");
    assert!(!all.contains(&served.key), "{all}");
    // It is the key that it lacks, and nothing else.
    let request = served.order("/api/run");
    let answer = ask_as_nobody(&served, &request, body);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop((book, served));
}
