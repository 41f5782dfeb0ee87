//! Listings that run, are checked and are edited, as a page asks for it.

use crate::served::{
    GREET, ServedWorkbook, edited, ends_with, is_gone, number, of,
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
    let kinds: Vec<_> = events.iter().map(|it| it["event"].as_str()).collect();
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
    assert_eq!(of(&events, "building").len(), 1);
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
    assert_eq!(last["claim"], "not met");
    assert!(last["took"].as_f64() >= Some(5.0), "{last}");
    tells_what_it_took(&last, "it took {}, and the recorded run 0.3\u{a0}s");
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
    assert_eq!(last["claim"], "not met");
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
    let last = ends_with(&events, "ended", "the lesson says that E0308");
    assert_eq!(last["claim"], "not met");

    let order = json!({ "listing": "stuck/wrong_way" });
    let events = served.post("/api/run", &order).all();
    let last = events.last().expect("there are events");
    // Its number is another than the recorded one.
    assert_eq!(last["how"], "killed", "{events:#?}");
    is_gone(number(&events, 0));
    let events = edited(&served, "fn main() { panic!(\"no reactor\"); }");
    let last = ends_with(&events, "ended", "no reactor");
    tells_what_it_took(last, "it panicked after {}: no reactor");
    assert_eq!(last["how"], "exit 101");
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
