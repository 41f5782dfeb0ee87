//! Which browsers may run listings: those that were shown the key of this start
//! of the server, which only the reader has.

use crate::client::Served;
use crate::served::{STUCK, Workbook, entries, wait_for};
use serde_json::json;
use std::fs;
use std::io::BufRead;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

const REMEDY: &str = "open the address that `cargo run` printed";

/// The head of an order with everything in order but the cookie.
fn order_with(served: &Served, path: &str, cookie: &str) -> String {
    let head = served.order(path);
    let good = served.cookie();
    assert!(head.contains(&good));
    head.replace(&good, cookie)
}

#[track_caller]
fn reads_and_runs_nothing(served: &Served, cookie: &str) {
    let (status, page) = served.page("/ch01-a.html", cookie);
    assert_eq!(status, 200, "{cookie}: {page}");
    assert!(page.contains("greet-1-right-way"), "{page}");
    assert_eq!(Served::token(&page), None, "{cookie}: {page}");
    let why = "You can read here, but not run or edit listings: open the \
               address that <code>cargo run</code> printed";
    assert!(page.contains(why), "{cookie}: {page}");
    for words in [&served.token, &served.key, "run.js"] {
        assert!(!page.contains(words), "{cookie}, {words}: {page}");
    }
    for path in ["run", "check", "stop", "colour", "handout", "shell"] {
        let head = order_with(served, &format!("/api/{path}"), cookie);
        let body = br#"{"listing": "greet-1/right_way"}"#;
        let (status, answer) = served.raw(&head, body);
        assert_eq!(status, 403, "{cookie}, {path}: {answer}");
        assert!(answer.contains(REMEDY), "{cookie}, {path}: {answer}");
    }
    let get = served.head("GET", "/api/run", &[cookie]);
    assert_eq!(served.raw(&get, b"").0, 403, "{cookie}");
}

#[test]
fn without_the_cookie_of_this_start_a_browser_only_reads() {
    let book = Workbook::new();
    let served = book.serve(&[]);
    let port = served.port();
    let Served { key, token, .. } = &served;
    for cookie in [
        "Cookie: a=b".to_owned(),
        format!("Cookie: workbook-{port}="),
        format!("Cookie: workbook-{port}={token}"),
        format!("Cookie: workbook-{port}={}", &key[1..]),
        format!("Cookie: workbook-1={key}"),
        format!("Cookie: key={key}"),
    ] {
        reads_and_runs_nothing(&served, &cookie);
    }
    // Nothing was even compiled.
    assert!(!book.dir.path().join("target/debug").exists());
    let mut answer = String::new();
    let mut socket = served.send(&served.socket(), b"");
    socket.read_line(&mut answer).expect("it answers");
    assert!(answer.contains(" 101 "), "it waits for changes: {answer}");
}

#[test]
fn a_server_does_not_take_the_cookie_of_another() {
    let book = Workbook::new();
    let (one, other) = (book.serve(&[]), book.serve(&[]));
    reads_and_runs_nothing(&one, &other.cookie());
    let swapped = format!("Cookie: workbook-{}={}", one.port(), other.key);
    reads_and_runs_nothing(&one, &swapped);
    // A browser sends both to both.
    let both = format!("{}; {}", one.cookie(), &other.cookie()[8..]);
    for served in [&one, &other] {
        let (_, page) = served.page("/ch01-a.html", &both);
        assert_eq!(Served::token(&page), Some(&*served.token));
    }
}

#[test]
fn a_key_in_the_address_becomes_a_cookie_and_leaves_the_address() {
    let book = Workbook::new();
    let served = book.serve(&[]);
    let Served { key, host, .. } = &served;
    let get = |path: &str| served.page(path, "Accept: */*");
    let (status, answer) = get(&format!("/ch01-a.html?search=x&key={key}"));
    assert_eq!(status, 200, "{answer}");
    let cookie = format!(
        "set-cookie: workbook-{}={key}; Path=/; HttpOnly; SameSite=Strict\r\n",
        served.port()
    );
    let next =
        format!("refresh: 0; url=http://{host}/ch01-a.html?search=x\r\n");
    for words in [
        &cookie,
        &next,
        "referrer-policy: no-referrer",
        "cache-control: no-s",
    ] {
        assert!(answer.contains(words), "{words}: {answer}");
    }
    let body = answer.split("\r\n\r\n").nth(1).expect("a body");
    assert!(!body.contains(key), "{body}");
    // Another key is dropped just the same, and opens nothing.
    for wrong in ["", "0", &key[1..], &served.token] {
        let (_, answer) = get(&format!("//evil.example/?key={wrong}"));
        assert!(!answer.contains("set-cookie"), "{answer}");
        let next = format!("refresh: 0; url=http://{host}//evil.example/\r\n");
        assert!(answer.contains(&next), "{answer}");
    }
    let elsewhere = served
        .head("GET", &format!("/?key={key}"), &[])
        .replace(host, "evil.example");
    let (status, answer) = served.raw(&elsewhere, b"");
    assert_eq!(status, 421, "{answer}");
    assert!(!answer.contains("set-cookie"), "{answer}");
}

#[test]
fn a_page_left_open_over_a_restart_is_told_what_to_do() {
    let book = Workbook::new();
    let mut old = book.serve(&[]);
    old.child.kill().expect("it runs");
    old.child.wait().expect("it ends");
    let mut again = Served::command(book.dir.path());
    again.arg("--no-open").args(["--port", old.port()]);
    let again = Served::spawn(&mut again);
    assert_eq!(old.host, again.host);
    assert_ne!((&old.key, &old.token), (&again.key, &again.token));
    let body = json!({ "listing": "greet-1/right_way" }).to_string();
    let (status, answer) = old.raw(&old.order("/api/run"), body.as_bytes());
    assert_eq!(status, 403);
    assert!(answer.contains(REMEDY), "{answer}");
    reads_and_runs_nothing(&again, &old.cookie());
    // One that was opened anew in another tab has the cookie, but not the token.
    let head = again.order("/api/run").replace(&again.token, &old.token);
    let (status, answer) = again.raw(&head, body.as_bytes());
    assert_eq!(status, 403);
    assert!(answer.contains("load the page anew"), "{answer}");
}

/// A workbook whose folder others may enter, served, with a program in place of
/// the browser that notes what it is told to open.
struct Opened {
    book: Workbook,
    served: Served,
    file: PathBuf,
}

impl Opened {
    fn new() -> Self {
        let book = Workbook::new();
        let dir = book.dir.path();
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

#[cfg(target_os = "linux")]
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
#[cfg(target_os = "linux")]
fn arguments() -> Vec<(PathBuf, String)> {
    let processes = entries("/proc".as_ref());
    let arguments = processes.filter_map(|process| {
        let all = fs::read(process.join("cmdline")).ok()?;
        Some((process, String::from_utf8_lossy(&all).into_owned()))
    });
    arguments.collect()
}

#[cfg(target_os = "linux")]
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
#[cfg(target_os = "linux")]
fn as_nobody(script: &str) -> String {
    use std::os::unix::process::CommandExt;
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
#[cfg(target_os = "linux")]
fn ask_as_nobody(served: &Served, head: &str, body: &str) -> String {
    let request = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let script = format!(
        "exec 3<>/dev/tcp/127.0.0.1/{}; printf %s '{request}' >&3; cat <&3",
        served.port()
    );
    as_nobody(&script)
}

#[cfg(target_os = "linux")]
#[test]
fn another_account_of_the_machine_reads_and_runs_nothing() {
    let me = Command::new("id").arg("-u").output().expect("id is there");
    if me.stdout != b"0\n" {
        // Only root can act as another account.
        return;
    }
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
