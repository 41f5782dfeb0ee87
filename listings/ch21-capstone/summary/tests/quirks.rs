//! The pipeline over HTTP against servers that behave as real ones were reported
//! to: what it makes of each, and how many requests that takes.

use llm_client::{Backoff, Client, Jitter, Limits as Waits};
use serde_json::json;
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, SystemTime};
use summary::checkpoint::Checkpoint;
use summary::document::{Chunk, cut};
use summary::pipeline::{Pipeline, PipelineError};
use summary::progress::Event;
use summary::settings::{Limits, Settings};
use summary::shutdown::Shutdown;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

const CHUNKS: usize = 8;

fn chunks() -> Vec<Chunk> {
    let parts = (1..=CHUNKS).map(|n| format!("Part {n} of it.\n\n"));
    let chunks = cut(&parts.collect::<String>(), 8);
    assert_eq!(chunks.len(), CHUNKS);
    chunks
}

/// Four calls at once, and pauses that a test can wait for.
fn settings() -> Settings {
    let settings = Settings::from(|_| None).expect("the defaults");
    Settings {
        model: "large".into(),
        fallback: "small".into(),
        answer_tokens: 10,
        waits: Waits {
            refusal: Duration::from_millis(100),
            ..Waits::default()
        },
        backoff: Backoff {
            base: Duration::from_millis(20),
            cap: Duration::from_millis(100),
            ..settings.backoff
        },
        limits: Limits {
            requests_per_minute: 1_000_000,
            tokens_per_minute: 1_000_000_000,
        },
        ..settings
    }
}

/// What a server says to a request: its number, from 0, and its model.
type Says = Box<dyn Fn(usize, &str) -> String + Send>;

/// What became of a run.
struct Ran {
    result: Result<String, PipelineError>,
    requests: usize,
    /// By model.
    asked: BTreeMap<String, usize>,
    saved: usize,
}

impl Ran {
    fn failure(self) -> String {
        self.result.expect_err("it fails").to_string()
    }
}

async fn run(says: impl Fn(usize, &str) -> String + Send + 'static) -> Ran {
    run_within(settings().waits, says).await
}

async fn run_within(
    waits: Waits,
    says: impl Fn(usize, &str) -> String + Send + 'static,
) -> Ran {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    let asked = Arc::new(Mutex::new(BTreeMap::new()));
    let server =
        tokio::spawn(serve(listener, Arc::clone(&asked), Box::new(says)));
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("summary.jsonl");
    let open = || Checkpoint::open(&path, &chunks(), &settings());
    let base = format!("http://127.0.0.1:{port}/v1");
    let client = Client::new(base, "k", "large").expect("it can be sent");
    let client = client.with_limits(waits);
    let report = Box::new(|_: &Event| ());
    let pipeline = Pipeline::new(client, settings(), Jitter::seeded(1), report);
    let result = pipeline
        .run(chunks(), open().expect("none yet"), &Shutdown::default())
        .await;
    server.abort();
    let asked = asked.lock().expect("no panic within").clone();
    Ran {
        saved: open().expect("it is sound").done().len(),
        requests: asked.values().sum(),
        asked,
        result,
    }
}

async fn serve(
    listener: TcpListener,
    asked: Arc<Mutex<BTreeMap<String, usize>>>,
    says: Says,
) {
    let count = AtomicUsize::new(0);
    while let Ok((mut socket, _)) = listener.accept().await {
        let Ok(model) = model(&mut socket).await else {
            continue;
        };
        let mut by_model = asked.lock().expect("no panic within");
        *by_model.entry(model.clone()).or_default() += 1;
        drop(by_model);
        let said = says(count.fetch_add(1, Ordering::Relaxed), &model);
        tokio::spawn(async move {
            // The client may hang up before all is said.
            let _ = say(socket, said.as_bytes()).await;
        });
    }
}

/// The model that a request names.
async fn model(socket: &mut TcpStream) -> io::Result<String> {
    let mut text = Vec::new();
    loop {
        let mut part = [0; 4096];
        let read = socket.read(&mut part).await?;
        text.extend_from_slice(&part[..read]);
        let said = String::from_utf8_lossy(&text);
        let body = said.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        if let Ok(body) = serde_json::from_str::<serde_json::Value>(body) {
            return Ok(body["model"].as_str().unwrap_or_default().to_owned());
        }
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn say(mut socket: TcpStream, bytes: &[u8]) -> io::Result<()> {
    socket.write_all(bytes).await?;
    if bytes.ends_with(b"...") {
        // A body that is not ended.
        tokio::time::sleep(Duration::from_mins(10)).await;
    }
    socket.shutdown().await?;
    let _ = socket.read(&mut [0]).await;
    Ok(())
}

fn refused(status: &str, more: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\
         {more}\r\n{body}",
        body.len()
    )
}

/// An answer of one word that ends for this reason, and has this behind it.
fn answer(reason: &str, behind: &str) -> String {
    let word = json!({"choices": [{"delta": {"content": "Well."}}]});
    let end = json!({"choices": [{"delta": {}, "finish_reason": reason}]});
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: \
         close\r\n\r\ndata: {word}\n\n{behind}data: {end}\n\ndata: [DONE]\n\n"
    )
}

fn good() -> String {
    answer("stop", "")
}

#[tokio::test(start_paused = true)]
async fn a_good_server_is_asked_once_for_each_chunk_and_the_story() {
    loopback::tick();
    let ran = run(|_, _| good()).await;
    assert_eq!(ran.result.expect("told"), "Well.");
    assert_eq!(ran.requests, CHUNKS + 1);
}

/// Only those that were under way before the first header was read are refused.
#[tokio::test(start_paused = true)]
async fn a_429_with_a_date_holds_for_all() {
    loopback::tick();
    let first = OnceLock::new();
    let ran = run(move |_, _| {
        let (start, date) = first.get_or_init(|| {
            let date = SystemTime::now() + Duration::from_secs(5);
            (Instant::now(), httpdate::fmt_http_date(date))
        });
        // A date has whole seconds, and is of the clock on the wall: so the
        // server is free a while before.
        if start.elapsed() < Duration::from_secs(2) {
            let more = format!("retry-after: {date}\r\n");
            return refused("429 Too Many Requests", &more, "{}");
        }
        good()
    })
    .await;
    assert_eq!(ran.result.expect("told"), "Well.");
    assert!(ran.requests <= CHUNKS + 1 + 4, "{} requests", ran.requests);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_passes_costs_one_request_more() {
    loopback::tick();
    for status in [
        "408 Request Timeout",
        "409 Conflict",
        "429 Too Many Requests",
        "503 Service Unavailable",
        "529 Overloaded",
    ] {
        let says = move |n, _: &str| match n {
            0 => refused(status, "", "busy"),
            _ => good(),
        };
        let ran = run(says).await;
        assert_eq!(ran.result.expect(status), "Well.");
        assert_eq!(ran.requests, CHUNKS + 2, "{status}");
    }
}

/// After that nothing new is paid for: no chunk, no retry, no other model.
#[tokio::test(start_paused = true)]
async fn what_stays_ends_everything_at_once() {
    loopback::tick();
    let no_credit = json!({"error": {"message": "no credit left",
        "type": "insufficient_quota", "code": 429}});
    let no_credit = no_credit.to_string();
    let other_words = r#"{"error": "Your team has either used all available
        credits or reached its monthly spending limit."}"#;
    let page = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: \
                close\r\n\r\n<!doctype html><p>Sign in";
    for (said, says) in [
        (
            refused("429 Too Many Requests", "", &no_credit),
            "no credit left",
        ),
        (
            refused("429 Too Many Requests", "", other_words),
            "no credit left",
        ),
        ("SSH-2.0-OpenSSH_9.6\r\n".to_owned(), "isn't HTTP"),
        (refused("401 Unauthorized", "", ""), "the key was refused"),
        (page.to_owned(), "answered text/html"),
        (
            refused("307 Temporary Redirect", "location: http://x/\r\n", ""),
            "has moved to http://x/",
        ),
        (answer("length", ""), "cut off at the limit on its length"),
    ] {
        let ran = run(move |n, _| if n < 2 { good() } else { said.clone() });
        let ran = ran.await;
        assert!(ran.requests <= 2 + 4, "{says}: {} requests", ran.requests);
        assert_eq!(ran.saved, 2, "{says}");
        assert!(!ran.asked.contains_key("small"), "{says}");
        let failure = ran.failure();
        assert!(failure.contains(says), "{failure}");
    }
}

/// What one model won't say another may.
#[tokio::test(start_paused = true)]
async fn what_is_no_answer_goes_to_the_other_model() {
    loopback::tick();
    let error = "data: {\"error\":{\"message\":\"no\",\"code\":400}}\n\n";
    let reason_taken_back = json!({"choices": [{"finish_reason": "sensitive"},
        {"index": 1, "finish_reason": "stop"}]});
    let reason_taken_back = format!("data: {reason_taken_back}\n\n");
    for said in [
        answer("content_filter", ""),
        answer("tool_calls", ""),
        answer("stop", error),
        answer("stop", "").replace("Well.", " "),
        answer("stop", "data: {\n\n"),
        refused("404 Not Found", "", r#"{"error": "no such model"}"#),
        refused("302 Found", "", ""),
        refused("500 Internal Server Error", "x-should-retry: false\r\n", ""),
        answer("stop", &reason_taken_back),
    ] {
        let other = said.clone();
        let says = move |_, model: &str| match model {
            "large" => other.clone(),
            _ => good(),
        };
        let ran = run(says).await;
        match ran.result {
            Ok(story) => assert_eq!(story, "Well."),
            // What was shown is not asked for again.
            Err(error) => {
                assert_eq!(error.to_string().find("the story:"), Some(0));
            }
        }
        assert!(ran.asked["small"] >= CHUNKS, "{said}");
        assert_eq!(ran.asked["large"], CHUNKS + 1, "{said}");
    }
}

/// No user has seen it, so it is asked for again.
#[tokio::test(start_paused = true)]
async fn a_summary_that_fails_in_mid_answer_is_asked_for_again() {
    loopback::tick();
    let error = "data: {\"error\":{\"message\":\"memory\",\"code\":500}}\n\n";
    let cut = answer("stop", "");
    let cut =
        &cut[..cut.find("data: {\"choices\":[{\"delta\":{},").expect("it")];
    let raw = "{\"error\": {\"message\":\"memory\",\"code\":500}}\n\n";
    for said in [
        answer("stop", error),
        answer("stop", raw),
        answer("insufficient_system_resource", ""),
        cut.to_owned(),
    ] {
        let says = move |n, _: &str| if n == 0 { said.clone() } else { good() };
        let ran = run(says).await;
        assert_eq!(ran.result.expect("told"), "Well.");
        assert_eq!(ran.requests, CHUNKS + 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_whose_body_never_ends_holds_nobody_up() {
    loopback::tick();
    let endless = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 1000\r\n\
                   retry-after-ms: 50\r\n\r\n{\"err...";
    let says = move |n, _: &str| if n == 0 { endless.into() } else { good() };
    let start = Instant::now();
    let ran = run(says).await;
    assert!(
        start.elapsed() < Duration::from_mins(1),
        "nobody waits for it"
    );
    assert_eq!(ran.result.expect("told"), "Well.");
    assert_eq!(ran.requests, CHUNKS + 2);
}

/// It is asked as often as is allowed, and what was done is saved.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_gone_leaves_what_was_done() {
    loopback::tick();
    let ran = run(|n, _| if n < 5 { good() } else { String::new() }).await;
    assert_eq!(ran.saved, 5);
    let failure = ran.failure();
    assert!(failure.contains("the connection was lost"), "{failure}");
}

/// It may have thought for all that time, and be paid for: so it is asked twice,
/// and not five times.
#[tokio::test(start_paused = true)]
async fn a_model_that_thinks_for_too_long_is_asked_twice() {
    loopback::tick();
    let thinks = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                  content-length: 1000\r\n\r\n: thinking\n\n...";
    let waits = Waits {
        first: Duration::from_millis(400),
        ..settings().waits
    };
    let ran = run_within(waits, move |_, model: &str| match model {
        "large" => thinks.into(),
        _ => good(),
    });
    let ran = ran.await;
    assert!(ran.asked["large"] <= 2 * (CHUNKS + 1), "{:?}", ran.asked);
    assert_eq!(ran.asked["small"], CHUNKS + 1);
    assert_eq!(ran.result.expect("told"), "Well.");
}

/// Nothing was sent, so nothing is on a bill.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_not_there_tells_no_cost() {
    loopback::tick();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    drop(listener);
    let base = format!("http://127.0.0.1:{port}/v1");
    let client = Client::new(base, "k", "large").expect("it can be sent");
    let bill = Arc::new(Mutex::new(String::new()));
    let told = Arc::clone(&bill);
    let report = Box::new(move |event: &Event| {
        if let Event::Cost(_) = event {
            *told.lock().expect("no panic within") = event.to_string();
        }
    });
    let pipeline = Pipeline::new(client, settings(), Jitter::seeded(1), report);
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("summary.jsonl");
    let saved = Checkpoint::open(&path, &chunks(), &settings());
    let saved = saved.expect("none yet");
    let ran = pipeline.run(chunks(), saved, &Shutdown::default()).await;
    let error = ran.expect_err("nobody is there").to_string();
    assert!(error.contains("no connection"), "{error}");
    let bill = bill.lock().expect("no panic within").clone();
    assert!(bill.ends_with(" 0 requests told no cost"), "{bill}");
}
