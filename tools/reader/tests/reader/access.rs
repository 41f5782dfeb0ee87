//! Which browsers may run listings: those that were shown the key of this start
//! of the server, which only the reader has.

use crate::client::Served;
use crate::served::ServedWorkbook;
use serde_json::json;
use std::io::BufRead;
use std::net::TcpListener;

pub const REMEDY: &str = "open the address that `cargo run` printed";

/// The head of an order with everything in order but the cookie.
pub fn order_with(served: &Served, path: &str, cookie: &str) -> String {
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
    for words in [&served.token, &served.key, "/page/main.js"] {
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
    let book = ServedWorkbook::new();
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
    assert!(!book.root().join("target/debug").exists());
    let mut answer = String::new();
    let mut socket = served.send(&served.socket(), b"");
    socket.read_line(&mut answer).expect("it answers");
    assert!(answer.contains(" 101 "), "it waits for changes: {answer}");
}

#[test]
fn a_server_does_not_take_the_cookie_of_another() {
    let book = ServedWorkbook::new();
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
    let book = ServedWorkbook::new();
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

/// A free port that no program is given which asks for any: between the two
/// servers of a restart it is nobody's.
fn port_of_nobody() -> String {
    let first = 20_000 + u16::try_from(std::process::id() % 5000).expect("few");
    let free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let port = (first..first + 5000).find(free).expect("one is free");
    port.to_string()
}

#[test]
fn a_page_left_open_over_a_restart_is_told_what_to_do() {
    let book = ServedWorkbook::new();
    let port = port_of_nobody();
    let serve = || {
        let mut command = Served::command(book.root());
        Served::spawn(command.args(["--no-open", "--port", &port]))
    };
    let mut old = serve();
    old.child.kill().expect("it runs");
    old.child.wait().expect("it ends");
    let again = serve();
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
    assert!(answer.contains("load the page again"), "{answer}");
}
