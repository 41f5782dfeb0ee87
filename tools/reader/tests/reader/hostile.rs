//! Programs that do harm, clients that leave, servers that end: nothing is left
//! behind.

use crate::client::{PATIENCE, Stream};
use crate::served::{
    GREET, STUCK, ServedWorkbook, edited, ends_with, entries, is_alive,
    is_gone, number, of, wait_for,
};
use serde_json::json;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;

#[test]
fn a_listing_has_one_run_and_all_pages_have_four() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let listing = |chapter: u8| format!("greet-{chapter}/right_way");
    let order = |n| json!({ "listing": listing(n), "source": STUCK });
    let mut streams: Vec<Stream> = (1..=4)
        .map(|chapter| served.post("/api/run", &order(chapter)))
        .collect();
    let first = streams[0].until("accepted")["run"].clone();
    let line = streams[0].until("line");
    let raw = |n| {
        let body = order(n).to_string();
        served.raw(&served.order("/api/run"), body.as_bytes())
    };
    let (status, answer) = raw(1);
    assert_eq!(status, 409, "{answer}");
    let why = "this page has greet-1/right_way under way: wait for its end or \
               stop it";
    assert!(answer.contains(why), "{answer}");
    let (status, answer) = raw(5);
    assert_eq!(status, 429, "{answer}");
    assert!(answer.contains("4 runs are under way"), "{answer}");

    let head = served.order("/api/stop");
    let body = json!({ "run": first }).to_string();
    assert_eq!(served.raw(&head, body.as_bytes()).0, 204);
    let cut = streams[0].until("cut");
    assert_eq!(cut["why"], "it was stopped");
    let pid = line["text"].as_str().and_then(|it| it.parse().ok());
    is_gone(pid.expect("it says its number"));
    // Others leave without a word; then there is room again.
    drop(streams);
    wait_for(|| book.left().is_empty(), "files are left behind");
    ends_with(&edited(&served, GREET), "ended", "it did as recorded");
}

#[test]
fn the_ways_of_a_lesson_run_at_the_same_time() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let order = |listing: &str| json!({ "listing": listing, "source": STUCK });
    let ways = ["race/wrong_way", "race/right_way"];
    let mut streams = ways.map(|way| served.post("/api/run", &order(way)));
    for stream in &mut streams {
        // Each is told of while the other goes on.
        stream.until("line");
    }
    let body = order("greet-1/right_way").to_string();
    let (status, answer) =
        served.raw(&served.order("/api/run"), body.as_bytes());
    assert_eq!(status, 409, "{answer}");
    // Which of them was first is not said.
    let named = ways.map(|way| format!("this page has {way} under way"));
    assert!(named.iter().any(|it| answer.contains(it)), "{answer}");
    drop(streams);
    wait_for(|| book.left().is_empty(), "files are left behind");
}

#[test]
fn hostile_programs_end_and_leave_nothing_behind() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let run = |source: &str| edited(&served, source);
    let events = run("fn main() { loop { println!(\"more\"); } }");
    ends_with(&events, "cut", "more than 10000 lines");
    let events = run("fn main() { loop { print!(\"{:9999}\", 1); } }");
    ends_with(&events, "cut", "more than 256 KiB");
    let events = run("fn main() { std::process::abort(); }");
    let last = ends_with(&events, "ended", "by signal 6: it aborted");
    assert_eq!(
        (&last["how"], &last["claim"]),
        (&json!("signal 6"), &json!(null))
    );

    let events = run(r#"fn main() {
        let mut all = String::new();
        println!("{:?}", std::io::stdin().read_line(&mut all));
        println!("{:?}", std::env::var("MY_API_KEY").is_err());
        let here = std::env::current_dir().unwrap();
        println!("{:?}", std::fs::remove_dir_all(here));
    }"#);
    let lines: Vec<_> = of(&events, "line")
        .iter()
        .map(|line| line["text"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(lines, ["Ok(0)", "true", "Ok(())"]);

    let events = run(r#"fn main() {
        for _ in 0..3 {
            let mut sleep = std::process::Command::new("sleep");
            println!("{}", sleep.arg("600").spawn().unwrap().id());
        }
    }"#);
    ends_with(&events, "ended", "it printed other lines");
    (0..3).for_each(|place| is_gone(number(&events, place)));

    assert_eq!(book.left(), [] as [PathBuf; 0]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_has_a_limit_of_memory_that_is_named() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let takes = |gib: usize| {
        let size = format!("vec![1u8; {gib} << 30]");
        edited(
            &served,
            &format!("fn main() {{ std::hint::black_box({size}); }}"),
        )
    };
    let why = "more memory than there is or than a run may have, 4 GiB";
    let events = takes(5);
    let last = ends_with(&events, "ended", why);
    assert_eq!(last["how"], "signal 6");
    let events = edited(
        &served,
        "fn main() { fn f(n: u64) -> u64 { f(n + 1) + n } println!(\"{}\", f(0)) }",
    );
    ends_with(&events, "ended", "it overflowed its stack");
}

#[test]
fn what_rustc_says_is_told_as_far_as_it_goes() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    // Each of its lines is an error, which is told in a thousand bytes.
    let source =
        "fn main() {\n".to_owned() + &"let a: u8 = \"\";\n".repeat(3000);
    let events = edited(&served, &(source + "}\n"));
    ends_with(&events, "cut", "rustc said more than 1024 KiB");
    let told = of(&events, "diagnostics");
    let items = told[0]["items"].as_array().expect("an array");
    assert!(items.len() > 300, "{} of them", items.len());
    assert_eq!(items[0]["line"], 2);
    assert_eq!(book.left(), [] as [PathBuf; 0]);
}

#[test]
fn what_is_no_program_is_refused_by_rustc() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let run = |source: &str| edited(&served, source);
    let events = run("macro_rules! m { ($($t:tt)*) => { m!(x $($t)*) } } \
                      fn main() { m!() }");
    ends_with(&events, "ended", "rustc refuses it");
    ends_with(&run(""), "ended", "rustc refuses it with 1 error");
    ends_with(&run("fn main() {"), "ended", "rustc refuses it");
    ends_with(&run("\0"), "ended", "rustc refuses it");
    assert_eq!(book.left(), [] as [PathBuf; 0]);
}

/// Programs of 64 KiB that are nested as deep as they can be.
fn deep() -> impl Iterator<Item = String> {
    let shapes = [
        ["fn f(_: ", "Box<", "u8", ">", ") {} fn main() {}"],
        ["fn f(_: ", "&", "u8", "", ") {} fn main() {}"],
        ["fn main() { ", "&", "1", "", "; }"],
        ["fn main() { ", "!", "1", "", "; }"],
        ["fn main() { ", "-", "1", "", "; }"],
        ["fn main() { ", "*", "a", "", "; }"],
        ["fn main() { ", "||", "1", "", "; }"],
        ["fn main() { ", "(", "1", ")", "; }"],
        ["fn main() { ", "[", "1", "]", "; }"],
        ["fn main() { ", "{", "1", "}", "; }"],
        ["fn main() { ", "if a {", "1", "}", " }"],
        ["fn main() { ", "if true {} else ", "{}", "", " }"],
        ["fn main() { a", "", "", ".a()", "; }"],
        ["fn main() { ", "a = ", "a", "", "; }"],
        ["fn main() { ", "a::", "a", "", "; }"],
        ["fn main() { ", "[", "", "", ""],
    ];
    shapes
        .into_iter()
        .map(|[before, open, middle, close, after]| {
            let room = 64 * 1024 - 100 - before.len() - after.len();
            let times = room / (open.len() + close.len());
            let (open, close) = (open.repeat(times), close.repeat(times));
            format!("{before}{open}{middle}{close}{after}")
        })
}

#[test]
fn no_program_is_too_deep_for_the_server() {
    let book = ServedWorkbook::new();
    let served = book.serve(&["--compile-limit", "20"]);
    let answer = |path: &str, source: &str| {
        let order = json!({ "listing": "greet-1/right_way", "source": source });
        let last = served.post(path, &order).all().pop();
        let last = last.expect("it is answered");
        last["why"].as_str().unwrap_or_default().to_owned()
    };
    for source in deep() {
        // What rustc makes of it is its own affair: most is too deep for it.
        let why = answer("/api/check", &source);
        let told = ["rustc itself crashed", "rustc refuses", "no test"];
        let told = told.iter().any(|words| why.contains(words));
        assert!(told, "{}: {why}", &source[..40]);
    }
    let boxes = deep().next().expect("there are some");
    let why = answer("/api/run", &boxes);
    assert!(why.contains("nest it less"), "{why}");
    ends_with(&edited(&served, GREET), "ended", "it did as recorded");
    assert_eq!(book.left(), [] as [PathBuf; 0]);
}

#[test]
fn what_takes_too_long_is_cut() {
    let book = ServedWorkbook::new();
    let served = book.serve(&["--run-limit", "1"]);
    let events = edited(&served, STUCK);
    let why = "it had not ended after 1 s, which is the longest that a run";
    ends_with(&events, "cut", why);
    is_gone(number(&events, 0));
    drop(served);
    let served = book.serve(&["--compile-limit", "1"]);
    let events = edited(&served, FOR_EVER);
    ends_with(&events, "cut", "compiling took longer than 1 s");
    wait_for(|| !compiles(&book), "rustc is left behind");
    assert_eq!(book.left(), [] as [PathBuf; 0]);
}

/// A program that rustc is never done with.
const FOR_EVER: &str = "#![allow(long_running_const_eval)]\n\
                        const FOR_EVER: () = loop {};\n\
                        fn main() { FOR_EVER }\n";

/// Whether a process names the workbook's folder: cargo or rustc at work.
fn compiles(book: &ServedWorkbook) -> bool {
    let all = Command::new("ps").args(["-eo", "stat=,args="]).output();
    let all = all.expect("ps is there").stdout;
    let dir = book.root().to_string_lossy().into_owned();
    let all = String::from_utf8_lossy(&all).into_owned();
    all.lines()
        .any(|process| process.contains("rustc") && process.contains(&dir))
}

#[test]
fn a_client_that_leaves_ends_its_run() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let order = json!({ "listing": "greet-1/right_way", "source": STUCK });
    let mut events = served.post("/api/run", &order);
    let line = events.until("line");
    drop(events);
    let pid = line["text"].as_str().and_then(|it| it.parse().ok());
    is_gone(pid.expect("it says its number"));
    wait_for(|| book.left().is_empty(), "files are left behind");

    // One that leaves while cargo is at work.
    let order = json!({ "listing": "greet-1/right_way", "source": FOR_EVER });
    let mut events = served.post("/api/run", &order);
    events.until("building");
    wait_for(|| compiles(&book), "rustc never started");
    drop(events);
    wait_for(|| !compiles(&book), "rustc is left behind");
    wait_for(|| book.left().is_empty(), "files are left behind");
    // One that leaves in the middle of its request.
    let mut stream = TcpStream::connect(&served.host).expect("it listens");
    let head =
        format!("{}Content-Length: 100\r\n\r\n{{", served.order("/api/run"));
    stream.write_all(head.as_bytes()).expect("it can be sent");
    drop(stream);
    ends_with(&edited(&served, GREET), "ended", "it did as recorded");
}

#[test]
fn a_connection_on_which_nobody_asks_ends() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let order = json!({ "listing": "greet-1/right_way", "source": STUCK });
    let mut run = served.post("/api/run", &order);
    let line = run.until("line");
    let pid = line["text"].as_str().and_then(|it| it.parse().ok());
    let head = served.order("/api/run");
    let whole = served.head("GET", "/index.html", &[]) + "\r\n";
    let halves = [
        String::new(),
        "GET / HT".to_owned(),
        head.clone(),
        format!("{head}Content-Length: 100\r\n\r\n{{"),
        whole.replace("Connection: close\r\n", ""),
    ];
    let open = halves.map(|half| {
        let mut stream = TcpStream::connect(&served.host).expect("it listens");
        stream.write_all(half.as_bytes()).expect("it can be sent");
        stream
    });
    for mut stream in open {
        // Not for ever: a minute is more than any has.
        stream.set_read_timeout(Some(PATIENCE)).expect("it is open");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it ends");
    }
    // A run is something that was asked for, and goes on.
    assert!(is_alive(pid.expect("it says its number")), "it was ended");
}

#[test]
fn a_server_that_ends_takes_everything_with_it() {
    for signal in ["-INT", "-TERM", "-KILL"] {
        let book = ServedWorkbook::new();
        let mut served = book.serve(&[]);
        let order = json!({ "listing": "greet-1/right_way", "source": STUCK });
        let mut events = served.post("/api/run", &order);
        let line = events.until("line");
        let pid = line["text"].as_str().and_then(|it| it.parse().ok());
        let pid_of_it = served.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid_of_it]).status();
        assert!(sent.expect("kill is there").success());
        let status = served.child.wait().expect("it ends");
        assert_eq!(status.success(), signal != "-KILL", "{signal}: {status}");
        is_gone(pid.expect("it says its number"));
        drop(TcpListener::bind(&served.host).expect("its port is free"));
        if signal == "-KILL" {
            assert!(!book.left().is_empty(), "it had no time to tidy up");
            let next = book.serve(&[]);
            wait_for(|| book.left().is_empty(), "files are left behind");
            drop(next);
        } else {
            let scratch = book.root().join("target/scratch");
            assert_eq!(entries(&scratch).count(), 0, "{signal}");
        }
    }
}
