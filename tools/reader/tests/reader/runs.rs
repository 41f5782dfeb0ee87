//! Listings that run, are checked and are edited, as a page asks for it.

use crate::client::Served;
use crate::served::{
    GREET, STUCK, ServedWorkbook, edited, ends_with, is_gone, number, of,
};
use lessons::format;
use serde_json::{Value, json};
use std::path::PathBuf;

#[test]
fn a_listing_runs_is_held_against_its_recording_and_built_once() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let order = json!({ "listing": "greet-1/right_way" });
    let events = served.post("/api/run", &order).all();
    let kinds = events.iter().map(|it| it["event"].as_str());
    // It may wait for what the server compiles beforehand, and then builds on.
    let mut kinds: Vec<_> = kinds.filter(|it| *it != Some("waiting")).collect();
    kinds.dedup_by(|a, b| a == b && *a == Some("building"));
    let expected = [
        "accepted", "building", "started", "line", "timeline", "line",
        "timeline", "timeline", "ended",
    ];
    assert_eq!(kinds, expected.map(Some), "{events:#?}");
    assert_eq!(events[0]["edited"], false);
    let last = ends_with(&events, "ended", "it did as recorded");
    assert_eq!(
        (&last["claim"], &last["how"]),
        (&json!("met"), &json!("exit 0"))
    );
    assert_eq!(last["recorded"], 0.303);
    assert!(last["took"].as_f64() >= Some(0.3), "{last}");

    let events = served.post("/api/run", &order).all();
    assert!(
        of(&events, "building").is_empty(),
        "it is built: {events:#?}"
    );
    // A change makes it stale, and another program than was recorded.
    let path = "listings/ch01-a/greet-1/src/right_way.rs";
    book.write(path, &GREET.replace("\"bye\"", "\"so long\""));
    let events = served.post("/api/run", &order).all();
    assert!(!of(&events, "building").is_empty(), "{events:#?}");
    let last = ends_with(&events, "ended", "of another program");
    assert_eq!(last["claim"], "not met");
}

#[test]
fn lines_come_as_they_are_printed() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    // It says no more until it is told to, once its first line was heard.
    let told = book.root().join("told");
    let wait = format!(
        "println!(\"hello\");\n    \
         while !std::path::Path::new({told:?}).exists() {{\n        \
         std::thread::yield_now();\n    }}"
    );
    // So late that no lateness of the machine explains it.
    let slow = GREET.replace("300", "5000");
    let slow = slow.replace("println!(\"hello\");", &wait);
    let order = json!({ "listing": "greet-1/right_way", "source": slow });
    let mut events = served.post("/api/run", &order);
    assert_eq!(events.until("line")["text"], "hello");
    book.write("told", "");
    assert_eq!(events.until("line")["text"], "bye");
    let last = events.until("ended");
    assert_eq!(last["claim"], Value::Null, "an edit is no fault: {last}");
    assert!(last["took"].as_f64() >= Some(5.0), "{last}");
    let words = "it took {} instead of 0.3\u{a0}s; it printed the same lines";
    tells_what_it_took(&last, words);
}

/// Holds the words of a verdict, `{}` in them being what the run took. That is
/// told of to a millisecond, and may be rounded otherwise in words.
#[track_caller]
fn tells_what_it_took(last: &Value, words: &str) {
    let took = last["took"].as_f64().expect("it ran");
    let why = last["why"].as_str().expect("it says why");
    let mut all = [took - 0.0005, took + 0.0005]
        .map(format::seconds)
        .into_iter();
    let told = all.any(|figure| words.replace("{}", &figure) == why);
    assert!(told, "\"{why}\" after {took} s");
}

#[test]
fn an_edited_program_runs_and_nothing_is_left_of_it() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let events = edited(&served, &GREET.replace("hello\")", "good day\")"));
    let last = ends_with(&events, "ended", "it printed other lines");
    let diff = last["diff"].as_str().unwrap_or_default();
    assert!(diff.contains("- hello\n+ good day"), "{diff}");
    assert_eq!(last["claim"], Value::Null, "an edit is no fault: {last}");
    assert_eq!(events[0]["edited"], true);
    let events = edited(&served, &format!("{GREET}// the same\n"));
    assert_eq!(events.last().expect("there are events")["claim"], "met");

    let events = edited(&served, "fn main() { let x: u8 = \"\"; }");
    let item = &of(&events, "diagnostics")[0]["items"][0];
    assert_eq!((&item["code"], &item["line"]), (&json!("E0308"), &json!(1)));
    assert_eq!(
        (&item["column"], &item["end_column"]),
        (&json!(25), &json!(27))
    );
    let rendered = item["rendered"].as_str().unwrap_or_default();
    let file = "listings/ch01-a/greet-1/src/right_way.rs:1:25";
    assert!(rendered.contains(file), "{rendered}");
    let last = ends_with(&events, "ended", "1 error");
    assert_eq!(last["how"], "does not compile");
    assert_eq!(book.left(), [] as [PathBuf; 0]);
}

#[test]
fn wrong_ways_do_as_their_lessons_say() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let order = json!({ "listing": "broken/wrong_way" });
    for path in ["/api/run", "/api/check"] {
        let events = served.post(path, &order).all();
        assert_eq!(of(&events, "diagnostics").len(), 1);
        let last = ends_with(&events, "ended", "with E0308, as the lesson");
        assert_eq!(last["claim"], "met");
    }
    let mended = json!({ "listing": "broken/wrong_way", "source": GREET });
    let events = served.post("/api/run", &mended).all();
    let last = ends_with(&events, "ended", "stops the original");
    let words =
        "it compiles, and ended after {} (exit 0); E0308 stops the original";
    tells_what_it_took(last, words);
    assert_eq!(last["claim"], Value::Null);

    let order = json!({ "listing": "stuck/wrong_way" });
    let events = served.post("/api/run", &order).all();
    let last = events.last().expect("there are events");
    // Its number is another than the recorded one.
    assert_eq!(last["how"], "killed", "{events:#?}");
    is_gone(number(&events, 0));
    // What is edited has a while longer.
    let source = STUCK.replace("std::process::id()", "4711");
    let order = json!({ "listing": "stuck/wrong_way", "source": source });
    let events = served.post("/api/run", &order).all();
    let why = "either, and was stopped; it printed the same lines";
    let last = ends_with(&events, "ended", why);
    assert_eq!(
        (&last["how"], &last["claim"]),
        (&json!("killed"), &json!(null))
    );
    let source = GREET.replace("(300));\n    println", "(900));\n    println");
    let order = json!({ "listing": "stuck/wrong_way", "source": source });
    let events = served.post("/api/run", &order).all();
    let why = "the original would not have ended by itself";
    ends_with(&events, "ended", why);
}

#[test]
fn an_edited_program_that_panics_is_told_neutrally() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let source = r#"fn main() {
        println!("hello");
        std::thread::spawn(|| panic!("no reactor")).join().unwrap_err();
        std::thread::sleep(std::time::Duration::from_secs(2));
        std::process::exit(7);
    }"#;
    let events = edited(&served, source);
    // Two seconds before its end; what was heard of it may be late.
    let last = ends_with(&events, "ended", "s: no reactor");
    let took = last["took"].as_f64().expect("it ran");
    let at = of(&events, "line")[1]["at"].as_f64().expect("it has one");
    let why = format!("it panicked after {}: no reactor", format::seconds(at));
    assert!(
        at + 1.0 <= took && last["why"] == why,
        "{last} after {at} s"
    );
    assert_eq!(
        (&last["how"], &last["claim"]),
        (&json!("exit 7"), &json!(null))
    );
    // Its own assertion is about a wait that the reader has cut.
    let source = GREET.replace("(300));\n    println", "(0));\n    println");
    let events = edited(&served, &source);
    let words = "it took {} instead of 0.3\u{a0}s; the assertion was about \
                 the original: it waits";
    let last = events.last().expect("there are events");
    tells_what_it_took(last, words);
    assert_eq!(last["claim"], Value::Null);
}

#[test]
fn a_line_that_has_only_begun_is_told() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let source = r#"use std::io::Write;
    fn main() {
        for token in ["\x1b[1mOne", " by", " one\x1b[0m"] {
            print!("{token}");
            std::io::stdout().flush().unwrap();
            std::thread::sleep(std::time::Duration::from_millis(250));
        }
        println!(".");
    }"#;
    let events = edited(&served, source);
    let words = |kind| -> Vec<&str> {
        let all = of(&events, kind).into_iter();
        all.map(|it| it["text"].as_str().unwrap_or_default())
            .collect()
    };
    assert_eq!(words("partial"), ["One", "One by", "One by one"]);
    assert_eq!(words("line"), ["One by one."]);
}

#[test]
fn a_build_that_waits_for_another_says_so() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    // It is compiled once, so that there is a folder to lock.
    ends_with(&edited(&served, GREET), "ended", "it did as recorded");
    // As a cargo of the reader's own would have it.
    let lock = book.root().join("target/debug/.cargo-lock");
    let lock = std::fs::File::open(lock).expect("it is there");
    lock.lock().expect("it can be locked");
    let order = json!({ "listing": "greet-1/right_way", "source": GREET });
    let mut events = served.post("/api/run", &order);
    events.until("waiting");
    drop(lock);
    events.until("building");
    let last = events.until("ended");
    assert_eq!(last["claim"], "met", "{last}");
}

#[test]
fn any_crate_of_the_workbook_may_be_used_and_is_named_as_it_compiles() {
    let book = ServedWorkbook::new();
    let hello = "pub fn hello() -> &'static str { \"hello\" }\n";
    book.write("slow/src/lib.rs", hello);
    book.write(
        "slow/Cargo.toml",
        "[package]\nname = \"slow\"\nedition = \"2024\"\n",
    );
    let manifest = "[workspace]\nmembers = [\"listings/*/*\"]\nresolver = \
                    \"3\"\n[package]\nname = \"all\"\nedition = \"2024\"\n\
                    [lib]\npath = \"all.rs\"\n[dependencies]\nslow = { path \
                    = \"slow\" }\n";
    book.write("Cargo.toml", manifest);
    book.write("all.rs", "");
    let served = book.serve(&[]);
    let source = GREET.replace("\"hello\");", "\"{}\", slow::hello());");
    let events = edited(&served, &source);
    assert_eq!(of(&events, "compiling")[0]["name"], "slow");
    ends_with(&events, "ended", "it did as recorded");

    let events = edited(&served, "use uuid::Uuid;\nfn main() {}\n");
    let last =
        ends_with(&events, "ended", "`uuid` is no crate of this workbook");
    ends_with(&events, "ended", "besides std: slow.");
    assert_eq!(last["claim"], Value::Null);
    let events = edited(&served, "use std::fmt;\n//! Greets.\nfn main() {}\n");
    ends_with(&events, "ended", "begins with `//!` stays the first");
}

#[test]
fn claims_are_checked_in_words() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let order = json!({ "listing": "greet-1/right_way" });
    let events = served.post("/api/check", &order).all();
    let test = of(&events, "test")[0];
    assert_eq!(test["says"], "Greetings are short.");
    assert_eq!(test["result"], "pass");
    let last = ends_with(&events, "ended", "its test passes");
    assert_eq!(last["claim"], "met");

    let source = GREET.replace("\"hello\".len()", "\"good day\".len()");
    let order = json!({ "listing": "greet-1/right_way", "source": source });
    let events = served.post("/api/check", &order).all();
    assert_eq!(of(&events, "test")[0]["result"], "fail");
    let why = of(&events, "failure")[0]["why"]
        .as_str()
        .unwrap_or_default();
    assert!(why.contains("left: 8"), "{why}");
    ends_with(&events, "ended", "1 of 1 test failed");
    let order = json!({ "listing": "stuck/wrong_way" });
    let events = served.post("/api/check", &order).all();
    let last = ends_with(&events, "ended", "no tests of its own");
    assert!(last["claim"].is_null());
    assert_eq!(book.left(), [] as [PathBuf; 0]);
}

#[test]
fn a_page_carries_its_token_and_a_policy_and_is_not_kept() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let cookie = served.cookie();
    let headers = ["If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", &cookie];
    let head = served.head("GET", "/ch01-a.html", &headers);
    let (status, page) = served.raw(&head, b"");
    assert_eq!(status, 200, "{page}");
    for words in [
        "content-security-policy: default-src 'none'; script-src 'self' 'sha256-",
        "cache-control: no-store",
        "x-content-type-options: nosniff",
        "cross-origin-resource-policy: same-origin",
        &served.token,
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("'unsafe-eval'"));
    let another = book.serve(&[]);
    assert_ne!(served.token, another.token, "each start has its own");
}

#[test]
fn a_page_gets_colours_and_what_runs_it() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let order = json!({ "source": "fn main() {\n    \"</b>\" }\n" });
    let body = order.to_string();
    let head = served.order("/api/colour");
    let (status, answer) = served.raw(&head, body.as_bytes());
    assert_eq!(status, 200, "{answer}");
    let json = answer.lines().last().expect("a body");
    let json: Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(
        json["lines"],
        json!(["<b>fn</b> main() {", "    <q>&quot;&lt;/b&gt;&quot;</q> }"])
    );
    let get = |path| served.page(path, &served.cookie());
    let (_, page) = get("/index.html");
    for file in ["/page/main.js", "/page/run.css"] {
        assert!(page.contains(&format!("\"{file}\"")), "{page}");
        assert_eq!(get(file).0, 200);
    }
}

#[test]
fn the_timeline_of_a_run_is_drawn_as_it_grows() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let order = json!({ "listing": "greet-1/right_way" });
    let events = served.post("/api/run", &order).all();
    let drawn = of(&events, "timeline");
    assert_eq!(drawn.len(), 3, "one for each line, and the whole");
    let whole = drawn.iter().map(|it| it["figures"].is_string());
    assert_eq!(whole.collect::<Vec<_>>(), [false, false, true]);
    let svg = |place: usize| drawn[place]["svg"].as_str().expect("a drawing");
    assert!(svg(0).contains("bar unfinished"), "{}", svg(0));
    assert!(!svg(2).contains("bar unfinished"), "{}", svg(2));
    let scale = svg(2).split("data-scale=\"").nth(1).expect("a scale");
    let scale: f64 = scale.split('"').next().expect("it ends").parse().unwrap();
    let took = events.last().expect("there are events")["took"].as_f64();
    // The recorded run's, unless this one was longer.
    let expected = took.expect("it ran").max(0.303);
    assert!((scale - expected).abs() < 0.001, "{scale} for {expected}");
}

#[test]
fn a_handout_that_cannot_be_printed_is_refused_in_words() {
    let book = ServedWorkbook::new();
    let served = book.serve(&[]);
    let print = |chapter: &str| {
        let order = json!({ "chapter": chapter });
        served.post("/api/handout", &order).all()
    };
    for chapter in ["ch09-a", "../Cargo", "", "ch01-a.md"] {
        ends_with(&print(chapter), "refused", "there is no chapter");
    }
    let events = print("ch01-a");
    assert_eq!(events[0]["event"], "accepted");
    assert!(!of(&events, "progress").is_empty(), "{events:#?}");
    ends_with(&events, "refused", "the handout can't be printed:\n");
    ends_with(&events, "refused", "`handouts`");
}

#[test]
fn the_program_that_runs_is_of_this_checkout() {
    let target = tempfile::TempDir::new().expect("a folder");
    let (one, other) = (ServedWorkbook::new(), ServedWorkbook::new());
    let dir = "listings/ch01-a/greet-1";
    let path = format!("{dir}/src/right_way.rs");
    let text = GREET.replace("\"bye\"", "\"so long\"");
    other.write(&path, &text);
    let print = lessons::Source::new(&text).fingerprint();
    let run = "  0.001 | hello\n  0.302 | so long\n  0.303 = exit 0\n";
    let run = format!("program {print}\n{run}");
    other.write(&format!("{dir}/transcripts/right_way.txt"), &run);
    // Both are equally old: it is no newer source that tells.
    let at = std::time::SystemTime::UNIX_EPOCH;
    for book in [&one, &other] {
        let path = book.root().join(&path);
        let file = std::fs::File::options().write(true).open(path);
        file.and_then(|it| it.set_modified(at)).expect("it is ours");
    }
    let serve = |book: &ServedWorkbook| {
        let mut command = Served::command(book.root());
        command.args(["--no-open", "--port", "0"]);
        Served::spawn(command.env("CARGO_TARGET_DIR", target.path()))
    };
    let both = [serve(&one), serve(&other)];
    let order = json!({ "listing": "greet-1/right_way" });
    for _ in 0..2 {
        for (served, says) in both.iter().zip(["bye", "so long"]) {
            let events = served.post("/api/run", &order).all();
            assert_eq!(of(&events, "line")[1]["text"], says);
        }
    }
}
