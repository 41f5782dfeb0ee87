//! Servers that behave as real ones were reported to, and what the client
//! makes of each. They speak raw bytes over a socket.

use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use llm_client::{
    Backoff, Cause, Client, Error, Jitter, Limits, Phase, Piece, RefusalKind,
    Reply, Usage, retry,
};
use serde_json::{Value, json};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// A server on the loopback, and what it was sent.
struct Server {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

/// Answers a request on a connection; the number counts requests, from 0.
type Answering = fn(TcpStream, usize) -> BoxFuture<'static, io::Result<()>>;

impl Server {
    async fn start(answer: Answering) -> Self {
        let bytes = move |_: usize| None;
        Self::with(bytes, answer).await
    }

    /// Says these bytes, and closes.
    async fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::with(move |_| Some(bytes.clone()), |_, _| unreachable!()).await
    }

    async fn with(
        bytes: impl Fn(usize) -> Option<Vec<u8>> + Send + 'static,
        answer: Answering,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let count = AtomicUsize::new(0);
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let Ok(request) = request(&mut socket).await else {
                    continue;
                };
                seen.lock().expect("no panic within").push(request);
                let number = count.fetch_add(1, Ordering::Relaxed);
                let bytes = bytes(number);
                tokio::spawn(async move {
                    // The client may hang up before all is said.
                    let _ = match bytes {
                        Some(bytes) => say(socket, &bytes).await,
                        None => answer(socket, number).await,
                    };
                });
            }
        });
        Self { port, requests }
    }

    fn base(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    fn client(&self) -> Client {
        Client::new(self.base(), "sk-secret", "m").expect("it can be sent")
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic within").clone()
    }
}

/// The head and the body of one request.
async fn request(socket: &mut TcpStream) -> io::Result<String> {
    let mut text = Vec::new();
    loop {
        let mut part = [0; 4096];
        let read = socket.read(&mut part).await?;
        text.extend_from_slice(&part[..read]);
        let said = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = said.split_once("\r\n\r\n") {
            let length = head.to_ascii_lowercase();
            let length = length.split("content-length: ").nth(1);
            let length = length.and_then(|rest| rest.lines().next());
            let length = length.map_or(0, |n| n.parse().unwrap_or(0));
            if body.len() >= length {
                return Ok(said);
            }
        }
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

async fn say(mut socket: TcpStream, bytes: &[u8]) -> io::Result<()> {
    socket.write_all(bytes).await?;
    socket.shutdown().await?;
    // Until the client has read it.
    let _ = socket.read(&mut [0]).await;
    Ok(())
}

fn head(status: &str, kind: &str, more: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\n\
         {more}\r\n"
    )
}

fn events_head() -> String {
    head("200 OK", "text/event-stream", "")
}

/// A stream of this body.
fn streamed(body: &str) -> String {
    events_head() + body
}

fn refused(status: &str, more: &str, body: &str) -> String {
    let length = format!("content-length: {}\r\n{more}", body.len());
    head(status, "application/json", &length) + body
}

fn chunk(choice: &Value) -> String {
    format!("data: {}\n\n", json!({ "choices": [choice] }))
}

fn text(text: &str) -> String {
    chunk(&json!({"delta": {"content": text}, "finish_reason": null}))
}

fn finish(reason: &str) -> String {
    chunk(&json!({"delta": {}, "finish_reason": reason}))
}

const DONE: &str = "data: [DONE]\n\n";

fn good() -> String {
    streamed(&(text("one ") + &text("two") + &finish("stop") + DONE))
}

async fn ask(bytes: impl Into<Vec<u8>>) -> Result<Reply, Error> {
    let server = Server::saying(bytes).await;
    server.client().complete("Why?").await
}

/// The same with each of them, on one client: to make one takes some time.
async fn ask_each(all: Vec<String>) -> Vec<Result<Reply, Error>> {
    let count = all.len();
    let bytes = move |n: usize| Some(all[n].clone().into_bytes());
    let server = Server::with(bytes, |_, _| unreachable!()).await;
    let client = server.client();
    let ask = |_| async { client.complete("Why?").await };
    futures::stream::iter(0..count).then(ask).collect().await
}

/// What is whole all the same.
#[tokio::test]
async fn what_differs_between_services_is_read() {
    let (one, two, stop) = (text("one "), text("two"), finish("stop"));
    let usage =
        |usage: &str| format!("data: {{\"choices\":[],\"usage\":{usage}}}\n\n");
    let role = chunk(&json!({"delta": {"role": "assistant", "content": ""}}));
    let thought = chunk(&json!({"delta": {"content": null,
        "reasoning_content": "hm"}}));
    let parts = json!([{"type": "thinking", "thinking": []},
        {"type": "text", "text": "one "}]);
    let parts = chunk(&json!({"delta": {"content": parts}}));
    let other = chunk(&json!({"index": 1, "delta": {"content": "eins"}}));
    let both = chunk(&json!({"delta": {"content": "two"},
        "finish_reason": "stop"}));
    let plain =
        |text: &str| chunk(&json!({"index": 0, "delta": {"content": text}}));
    let each = |text: &str| {
        chunk(&json!({"delta": {"content": text}, "finish_reason": "stop"}))
    };
    let known = format!("{one}{two}{stop}");
    for (what, body) in [
        ("good", format!("{known}{DONE}")),
        ("a byte order mark", format!("\u{feff}{known}{DONE}")),
        ("CRLF", format!("{known}{DONE}").replace('\n', "\r\n")),
        ("CR", format!("{known}{DONE}").replace('\n', "\r")),
        (
            "no blank",
            known.replace("data: ", "data:") + "data:[DONE]\n\n",
        ),
        ("DONE with a blank", format!("{known}data: [DONE] \n\n")),
        ("no DONE", known.clone()),
        ("no blank line at the end", known.trim_end().to_owned()),
        (
            "no reasons at all, but DONE",
            plain("one ") + &plain("two") + DONE,
        ),
        ("one chunk says both", format!("{one}{both}{DONE}")),
        ("a role first", format!("{role}{known}{DONE}")),
        ("empty data", format!("data:\n\ndata: \n\n{known}{DONE}")),
        (
            "pings as data",
            format!("{one}data: : ping\n\n{two}{stop}{DONE}"),
        ),
        (
            "pings as events",
            format!(
                "event: ping\ndata: {{\"type\":\"ping\"}}\n\n{known}{DONE}"
            ),
        ),
        ("comments", format!(": hi\n\n{one}: hi\n{two}{stop}{DONE}")),
        ("no choices", format!("data: {{}}\n\n{known}{DONE}")),
        (
            "filters first",
            format!(
                "data: {{\"choices\":[],\"prompt_filter_results\":[]}}\n\n\
             {known}{DONE}"
            ),
        ),
        (
            "no delta",
            one.clone()
                + &two
                + &chunk(&json!({"index": 0,
            "finish_reason": "stop"}))
                + DONE,
        ),
        (
            "usage null",
            format!("{one}{two}{}{stop}{DONE}", usage("null")),
        ),
        ("usage empty", format!("{}{known}{DONE}", usage("{}"))),
        ("reasoning", format!("{role}{thought}{known}{DONE}")),
        ("parts", format!("{parts}{two}{stop}{DONE}")),
        (
            "two choices",
            format!("{other}{one}{other}{two}{stop}{DONE}"),
        ),
        ("a reason with each", each("one ") + &each("two") + DONE),
        (
            "a reason with each, and no DONE",
            each("one ") + &each("two"),
        ),
        (
            "a reason that is a word",
            one.replace("null}", "\"null\"}") + &two + &stop + DONE,
        ),
        (
            "garbage after its end",
            format!("{known}event: close\ndata: bye\n\n"),
        ),
        ("more after DONE", format!("{known}{DONE}{one}{DONE}")),
        ("STOP", format!("{one}{two}{}{DONE}", finish("STOP"))),
    ] {
        let reply = ask(streamed(&body)).await;
        let reply = reply.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(reply.text, "one two", "{what}");
        assert_eq!(reply.usage, None, "{what}");
    }
}

/// What no standard allows, and what is plain all the same.
#[tokio::test]
async fn what_no_standard_allows_is_read_where_it_is_plain() {
    let (one, two, stop) = (text("one "), text("two"), finish("stop"));
    let known = format!("{one}{two}{stop}");
    let cases = [
        (
            "COMPLETE",
            format!("{one}{two}{}{DONE}", finish("COMPLETE")),
        ),
        (
            "a reason to go on",
            format!("{known}{DONE}").replace("null}", "\"UNSPECIFIED\"}"),
        ),
        (
            "no blank lines",
            format!("{known}{DONE}").replace("\n\n", "\n"),
        ),
        (
            "DONE in the last event",
            format!("{}\n{DONE}", known.trim_end()),
        ),
        (
            "a second prefix",
            format!("{known}{DONE}").replace("data: ", "data: data: "),
        ),
        (
            "pings by name",
            format!("event: ping\ndata: 10:00\n\n{known}{DONE}"),
        ),
        (
            "pings by word",
            ["ping", "[KEEPALIVE]", "\"heartbeat\"", "\"\""]
                .map(|word| format!("data: {word}\n\n"))
                .concat()
                + &known
                + DONE,
        ),
        (
            "news of its own",
            format!(
                "event: status\ndata: {{\"message\":\"a\"}}\n\n{known}{DONE}"
            ),
        ),
        (
            "errors that are none",
            format!("{known}{DONE}")
                .replace("{\"choices", "{\"error\":{},\"errors\":[],\"choices"),
        ),
        (
            "error 0",
            format!("{known}{DONE}")
                .replace("{\"choices", "{\"error\":0,\"choices"),
        ),
        (
            "parts of other kinds",
            chunk(&json!({"delta": {"content": ["one"]}}))
                + &chunk(&json!({"delta": {"content": {"text": " "}}}))
                + &chunk(&json!({"delta": {"content": [{"text": "two"}]}}))
                + &stop
                + DONE,
        ),
        (
            "parts of an answer",
            chunk(&json!({"delta": {"content":
                [{"type": "output_text", "text": "one "}]}}))
                + &two
                + &stop
                + DONE,
        ),
        (
            "the text of an older API",
            chunk(&json!({"text": "one "}))
                + &chunk(&json!({"text": "two", "finish_reason": "stop"}))
                + DONE,
        ),
        (
            "all of it once more",
            one.clone()
                + &two
                + &chunk(&json!({"message": {"content": "one two"},
                    "finish_reason": "stop"}))
                + DONE,
        ),
    ];
    let bodies = cases.iter().map(|(_, body)| streamed(body)).collect();
    for ((what, _), reply) in cases.iter().zip(ask_each(bodies).await) {
        let reply = reply.unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(reply.text, "one two", "{what}");
        assert_eq!(reply.usage, None, "{what}");
    }
}

#[tokio::test]
async fn usage_is_told_once_and_last() {
    let usage = |n: u64| {
        let usage = json!({"prompt_tokens": 1, "completion_tokens": n});
        let chunk = json!({"choices": [{"delta": {"content": "a"}}],
            "usage": usage});
        format!("data: {chunk}\n\n")
    };
    let body = usage(1) + &usage(2) + &finish("stop") + DONE;
    let server = Server::saying(streamed(&body)).await;
    let answer = server.client().stream("Why?").await.expect("it began");
    let pieces: Vec<_> = answer.try_collect().await.expect("it is whole");
    let a = || Piece::Text("a".into());
    let usage = Usage {
        prompt_tokens: 1,
        completion_tokens: 2,
    };
    assert_eq!(pieces, [a(), a(), Piece::Usage(usage)]);
}

#[tokio::test]
async fn http_1_0_that_ends_by_closing_is_whole_only_with_a_reason() {
    let old = |text: &str| text.replace("HTTP/1.1", "HTTP/1.0");
    assert!(ask(old(&good())).await.is_ok());
    let cut = old(&streamed(&(text("one ") + &text("two"))));
    let error = ask(cut).await.expect_err("it was cut");
    assert!(matches!(error.cause, Cause::Lost(_)), "{error}");
    assert_eq!(
        (error.phase, error.so_far.as_str()),
        (Phase::Answer, "one two")
    );
}

type Check = fn(&Cause) -> bool;

/// A failure in mid-answer is one of these, with the text that came.
#[tokio::test]
async fn what_is_not_whole_says_why_and_keeps_its_text() {
    let named = "event: error\ndata: {\"status\":503,\"message\":\"busy\"}\n\n";
    let event = "data: {\"error\":{\"message\":\"busy\",\"code\":500}}\n\n";
    let beside = format!(
        "data: {}\n\n",
        json!({
            "error": {"code": 502, "message": "busy"},
            "choices": [{"delta": {"content": ""}, "finish_reason": "error"}],
        })
    );
    let declined = chunk(&json!({"delta": {"refusal": "I can't."}}));
    let busy = |cause: &Cause| {
        matches!(cause, Cause::Refused(refusal)
        if refusal.message == "busy" && refusal.kind == RefusalKind::Failing)
    };
    let busy: Check = busy;
    let field = "error: {\"code\":500,\"message\":\"busy\"}\n\n";
    let list = "data: [{\"error\":{\"code\":503,\"message\":\"busy\"}}]\n\n";
    let code = "data: {\"error\":{\"message\":\"busy\",\"code\":\"500\"}}\n\n";
    let filtered: Check = |cause| *cause == Cause::Filtered;
    let truncated: Check = |cause| *cause == Cause::Truncated;
    let raw = "{\"error\": {\"code\":500,\"message\":\"busy\"}}\n\n";
    let upper = "event: ERROR\ndata: busy\n\n";
    let errors = "data: {\"errors\":[{\"message\":\"busy\",\"code\":500}]}\n\n";
    let msg = "data: {\"status\":\"error\",\"msg\":\"busy\"}\n\n";
    let refused: Check =
        |cause| matches!(cause, Cause::Refused(it) if it.message == "busy");
    let glued = text("").trim_end().to_owned() + "\n" + event;
    let checks: [(&str, String, Check); 29] = [
        ("no field at all", raw.into(), busy),
        ("behind no blank line", glued, busy),
        ("a name in capitals", upper.into(), refused),
        ("errors", errors.into(), busy),
        ("another word for it", msg.into(), refused),
        ("words", "data: Internal Server Error\n\n".into(), |c| {
            matches!(c, Cause::Refused(it)
                if it.message == "Internal Server Error")
        }),
        (
            "length taken back",
            finish("length") + &finish("stop"),
            truncated,
        ),
        (
            "filter taken back",
            finish("content_filter") + &finish("stop"),
            filtered,
        ),
        ("sensitive", finish("sensitive"), filtered),
        ("PROHIBITED_CONTENT", finish("PROHIBITED_CONTENT"), filtered),
        ("window", finish("model_context_window_exceeded"), truncated),
        ("field", field.into(), busy),
        ("list", list.into(), busy),
        ("a code in quotes", code.into(), busy),
        (
            "a last event without its blank line",
            code.trim_end().into(),
            busy,
        ),
        ("DONE where reasons are given", String::new(), |c| {
            matches!(c, Cause::Lost(_))
        }),
        ("length", finish("length"), |c| *c == Cause::Truncated),
        ("filter", finish("content_filter"), |c| {
            *c == Cause::Filtered
        }),
        ("tools", finish("tool_calls"), |c| *c == Cause::WantsTools),
        ("other", finish("tired"), |c| {
            *c == Cause::Ended("tired".into())
        }),
        ("declined", declined + &finish("stop"), |c| {
            *c == Cause::Declined("I can't.".into())
        }),
        ("event", event.into(), busy),
        ("named", named.into(), busy),
        ("beside choices", beside, busy),
        ("after its end", finish("stop") + event, busy),
        (
            "word",
            "data: {\"error\":\"busy\"}\n\n".into(),
            |c| matches!(c, Cause::Refused(r) if r.message == "busy"),
        ),
        ("garbage", "data: {\n\n".into(), |c| {
            matches!(c, Cause::Garbled(_))
        }),
        ("not UTF-8", "data: \u{1}\n\n".into(), |c| {
            matches!(c, Cause::Garbled(_))
        }),
        ("lost", "data: {\"cho".into(), |c| {
            matches!(c, Cause::Lost(_))
        }),
    ];
    for (what, end, check) in checks {
        let cut = ["lost", "a last event without its blank line"];
        let done = if cut.contains(&what) { "" } else { DONE };
        let body = streamed(&(text("one ") + &end + done));
        let error = ask(body).await.expect_err(what);
        assert!(check(&error.cause), "{what}: {error:?}");
        let kept = (error.phase, error.so_far.as_str());
        assert_eq!(kept, (Phase::Answer, "one "), "{what}");
    }
}

#[tokio::test]
async fn an_answer_without_a_word_is_none() {
    let thought = chunk(&json!({"delta": {"reasoning_content": "hm"}}));
    for body in [finish("stop"), thought + &finish("stop"), DONE.to_owned()] {
        let error = ask(streamed(&body)).await.expect_err("no text");
        assert_eq!(
            (error.cause, error.phase),
            (Cause::Empty, Phase::FirstToken)
        );
    }
    // What ends with a tool has another reason to be empty.
    let error = ask(streamed(&finish("tool_calls")))
        .await
        .expect_err("none");
    assert_eq!(error.cause, Cause::WantsTools);
}

#[tokio::test]
async fn what_is_no_stream_is_named() {
    let page = "<!doctype html><title>Sign in</title><p>data: no";
    let gzip: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3];
    let html = head("200 OK", "text/html", "");
    let json = head("200 OK", "application/json", "");
    let coded =
        head("200 OK", "text/event-stream", "content-encoding: gzip\r\n");
    let twice = coded.replace("gzip", "identity, gzip");
    let plain = head("200 OK", "text/plain", "");
    let whole = json!({"choices": [{"message": {"content": "one"}}]});
    let bytes = |head: &str, body: &[u8]| [head.as_bytes(), body].concat();
    for (bytes, says) in [
        (bytes(&html, page.as_bytes()), "answered text/html where"),
        (bytes(&html, b"Please sign in."), "answered text/html where"),
        (
            bytes(&json, whole.to_string().as_bytes()),
            "application/json where",
        ),
        (bytes(&coded, gzip), "encoding gzip where"),
        (bytes(&events_head(), gzip), "compressed bytes (gzip) where"),
        (
            bytes(&json, b"{\"error\":{\"message\":\"tea\"}}"),
            "refused: tea",
        ),
        (bytes(&json, b"\n{\"detail\":\"tea\"}"), "refused: tea"),
        (
            bytes(&json, b"{\"base_resp\":{\"status_msg\":\"tea\"}}"),
            "refused: tea",
        ),
        (
            bytes(&json, b"{\"errors\":[{\"message\":\"tea\"}]}"),
            "refused: tea",
        ),
        (
            bytes(&json, b"{\"code\":7,\"msg\":\"tea\"}"),
            "refused: tea",
        ),
        (
            bytes(&plain, b"upstream connect error"),
            "failed: upstream connect error",
        ),
        (bytes(&events_head(), b"No tea\n"), "answered No tea where"),
        (
            bytes(&events_head(), b"\x28\xb5\x2f\xfd\x04"),
            "answered bytes that are no text where",
        ),
        (bytes(&twice, gzip), "encoding identity, gzip where"),
        (
            bytes(&head("204 No Content", "text/plain", ""), b""),
            "was closed",
        ),
    ] {
        let error = ask(bytes).await.expect_err(says);
        assert!(error.to_string().contains(says), "{error}");
        assert_ne!(error.phase, Phase::Answer);
    }
}

#[tokio::test]
async fn the_provider_s_words_reach_the_user_without_the_key() {
    let body = r#"{"error":{"message":"no credit left for sk-secret",
        "type":"insufficient_quota","param":null,"code":429}}"#;
    let error = ask(refused("429 Too Many Requests", "", body)).await;
    let error = error.expect_err("refused").to_string();
    assert_eq!(
        error,
        "no credit left, status 429, insufficient_quota: no \
        credit left for [REDACTED]"
    );
    let body = r#"{"error": "model 'm' not found"}"#;
    let error = ask(refused("404 Not Found", "", body)).await;
    let error = error.expect_err("refused").to_string();
    assert!(
        error.ends_with("status 404: model 'm' not found"),
        "{error}"
    );
}

/// The user reads the words that tell the cause, and nothing unreadable.
#[tokio::test]
async fn the_sentence_of_a_refusal_is_found_wherever_it_is() {
    let raw = json!({"error": {"message": "tea"}}).to_string();
    let beyond = |raw: Value| {
        json!({"error": {"message": "Provider returned error",
            "metadata": {"raw": raw}}})
    };
    let cases = [
        (json!({"error": true, "message": "tea"}), ": tea"),
        (
            json!({"error": "Not Found", "message": "tea"}),
            ", Not Found: tea",
        ),
        (json!({"errors": [{"message": "tea"}]}), ": tea"),
        (json!({"errors": ["tea"]}), ": tea"),
        (json!({"Message": "tea"}), ": tea"),
        (json!({"type": "about:blank", "title": "tea"}), ": tea"),
        (json!({"fault": {"faultstring": "tea"}}), ": tea"),
        (json!({"detail": {"error": "tea"}}), ": tea"),
        (json!({"error": {"message": ["tea"]}}), ": tea"),
        (json!({"error": {"error": {"message": "tea"}}}), ": tea"),
        (beyond(raw.into()), ": Provider returned error: tea"),
        (beyond("tea".into()), ": Provider returned error: tea"),
    ];
    for mark in ["", "\u{feff}"] {
        let refusal = |(body, _): &(Value, &str)| {
            refused("400 Bad Request", "", &format!("{mark}{body}"))
        };
        let refusals = cases.iter().map(refusal).collect();
        for ((body, says), reply) in cases.iter().zip(ask_each(refusals).await)
        {
            let error = reply.expect_err("refused").to_string();
            assert!(error.ends_with(says), "{body}: {error}");
        }
    }
    let gzip: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3];
    let utf_16: &[u8] = b"\xff\xfe{\0}\0";
    for (more, body) in [
        ("", gzip),
        ("content-encoding: gzip\r\n", gzip),
        ("", utf_16),
    ] {
        let head = head("400 Bad Request", "application/json", more);
        let error = ask([head.as_bytes(), body].concat()).await;
        let error = error.expect_err("refused").to_string();
        assert!(error.ends_with("status 400: Bad Request"), "{error}");
    }
}

/// Whatever the status.
#[tokio::test]
async fn an_account_that_is_empty_is_told_by_its_words() {
    for (status, body) in [
        (
            "429 Too Many Requests",
            r#"{"error":"Your team has used all available credits."}"#,
        ),
        (
            "429 Too Many Requests",
            r#"{"error":{"type":"exceeded_current_quota_error"}}"#,
        ),
        (
            "429 Too Many Requests",
            r#"{"error":{"code":"billing_not_active"}}"#,
        ),
        (
            "403 Forbidden",
            r#"{"message":"Sorry, your account balance is insufficient"}"#,
        ),
        ("400 Bad Request", r#"{"error":{"code":"Arrearage"}}"#),
    ] {
        let error = ask(refused(status, "", body)).await;
        let error = error.expect_err("no credit");
        let kind = error.refusal().map(|refusal| refusal.kind);
        assert_eq!(kind, Some(RefusalKind::NoCredit), "{body}");
    }
}

/// A server may write anything, in any length, where its words go to a user.
#[tokio::test]
async fn words_that_are_long_or_move_a_cursor_are_tidied() {
    let long = "\u{1b}[2J".to_owned() + &"way ".repeat(10_000);
    for body in [
        finish(&long),
        chunk(&json!({"delta": {"refusal": long}})) + &finish("stop"),
        format!("data: {{\"a\": {long}\n\n"),
    ] {
        let error = ask(streamed(&(text("one ") + &body + DONE))).await;
        let error = error.expect_err("it failed").to_string();
        assert!(error.len() < 500, "{} bytes", error.len());
        assert!(!error.contains('\u{1b}'), "{error}");
    }
}

/// Also where it comes in an event, or across the place where a long sentence is
/// cut.
#[tokio::test]
async fn the_key_is_in_no_failure() {
    let say = |message: &str| json!({"error": {"message": message}});
    let event = format!("data: {}\n\n", say("bad key sk-secret"));
    let json = head("200 OK", "application/json", "");
    let long = say(&("x".repeat(295) + " sk-secret")).to_string();
    for bytes in [
        streamed(&event),
        streamed(&(text("one ") + &event)),
        json + &say("bad key sk-secret").to_string(),
        refused("401 Unauthorized", "", &long),
        refused("401 Unauthorized", "", "bad key sk-secret"),
        streamed("bad key sk-secret\n"),
        streamed(&format!("data: {{{}sk-secret\n\n", "x".repeat(250))),
    ] {
        let error = ask(bytes).await.expect_err("it failed");
        let said = format!("{error} {error:?}");
        assert!(!said.contains("sk-s"), "{said}");
    }
    let url = "http://user:sk-secret@host/v1?key=sk-secret";
    let error = Client::new(url, "k", "m").expect_err("it names a user");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    let client = Client::new("http://host/v1?key=sk-secret", "k", "m");
    assert!(!format!("{client:?}").contains("secret"), "{client:?}");
    let to = "location: http://u:sk-secret@other/v1?key=sk-secret\r\n";
    let moved = refused("302 Found", to, "");
    let error = ask(moved).await.expect_err("it moved");
    assert_eq!(error.cause, Cause::Moved("http://other/v1".into()));
}

/// Some say that nothing is compressed, so that no proxy does it.
#[tokio::test]
async fn an_encoding_that_is_none_is_none() {
    for name in ["none", "identity", "Identity"] {
        let more = format!("content-encoding: {name}\r\n");
        let head = head("200 OK", "text/event-stream", &more);
        let said = good().replacen(&events_head(), &head, 1);
        assert_eq!(ask(said).await.expect("it is whole").text, "one two");
    }
}

/// Small limits, so that tests needn't wait for long.
fn limits() -> Limits {
    Limits {
        first: Duration::from_millis(400),
        idle: Duration::from_millis(200),
        tail: Duration::from_millis(100),
        refusal: Duration::from_millis(200),
        ..Limits::default()
    }
}

#[tokio::test(start_paused = true)]
async fn silence_after_the_end_takes_nothing_from_an_answer() {
    loopback::tick();
    let server = Server::start(|mut socket, _| {
        Box::pin(async move {
            let body = text("one") + &finish("stop");
            socket.write_all(streamed(&body).as_bytes()).await?;
            tokio::time::sleep(Duration::from_mins(10)).await;
            Ok(())
        })
    })
    .await;
    let client = server.client().with_limits(limits());
    let start = Instant::now();
    let reply = client.complete("Why?").await.expect("it is whole");
    assert_eq!(reply.text, "one");
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "nobody waits for it"
    );
}

/// Text that follows a reason shows that the reason ends nothing.
#[tokio::test(start_paused = true)]
async fn a_reason_with_each_chunk_ends_nothing() {
    loopback::tick();
    for (then, whole) in [(DONE, true), ("", true), ("stall", false)] {
        let server = Server::start(match then {
            "" => |socket, _| Box::pin(slowly(socket, "")),
            "stall" => |socket, _| Box::pin(slowly(socket, "stall")),
            _ => |socket, _| Box::pin(slowly(socket, DONE)),
        })
        .await;
        let limits = Limits {
            idle: Duration::from_secs(2),
            ..limits()
        };
        let client = server.client().with_limits(limits);
        let reply = client.complete("Why?").await;
        match reply {
            Ok(reply) => assert_eq!((reply.text.as_str(), whole), ("ab", true)),
            Err(error) => {
                assert_eq!((error.so_far.as_str(), whole), ("ab", false));
            }
        }
    }
}

/// Two chunks, each with a reason to end, with more between them than the tail
/// of an answer may take.
async fn slowly(mut socket: TcpStream, then: &str) -> io::Result<()> {
    let each = |text: &str| {
        chunk(&json!({"delta": {"content": text}, "finish_reason": "stop"}))
    };
    let begin = streamed(&each("a"));
    socket.write_all(begin.as_bytes()).await?;
    tokio::time::sleep(Duration::from_millis(250)).await;
    socket.write_all(each("b").as_bytes()).await?;
    if then == "stall" {
        tokio::time::sleep(Duration::from_mins(10)).await;
    }
    socket.write_all(then.as_bytes()).await?;
    socket.shutdown().await
}

#[tokio::test(start_paused = true)]
async fn a_server_that_only_says_i_am_here_is_silent() {
    loopback::tick();
    let server = Server::start(|mut socket, _| {
        Box::pin(async move {
            socket.write_all(events_head().as_bytes()).await?;
            loop {
                socket.write_all(b": PROCESSING\n\ndata: \n\n").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
    })
    .await;
    let client = server.client().with_limits(limits());
    let start = Instant::now();
    let error = client.complete("Why?").await.expect_err("silence");
    assert_eq!(error.cause, Cause::TimedOut(limits().first));
    assert!(start.elapsed() >= limits().first);
}

/// Says these events, and then the last of them for ever.
async fn saying_for_ever(
    mut socket: TcpStream,
    begin: String,
    rest: String,
) -> io::Result<()> {
    socket.write_all(streamed(&begin).as_bytes()).await?;
    loop {
        socket.write_all(rest.as_bytes()).await?;
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// So is one that says it in chunks, before an answer or within it; and after
/// its end that takes nothing from it.
#[tokio::test(start_paused = true)]
async fn chunks_without_a_word_are_silence() {
    loopback::tick();
    let server = Server::start(|socket, number| {
        let one = text("one");
        let begin = match number {
            0 => String::new(),
            1 => one,
            _ => one + &finish("stop"),
        };
        let empty = text("") + "data: {\"choices\":[]}\n\n";
        Box::pin(saying_for_ever(socket, begin, empty))
    })
    .await;
    let client = server.client().with_limits(Limits {
        total: Duration::from_secs(3),
        ..limits()
    });
    let start = Instant::now();
    let error = client.complete("Why?").await.expect_err("silence");
    assert_eq!(error.cause, Cause::TimedOut(limits().first));
    let error = client.complete("Why?").await.expect_err("silence");
    assert_eq!(error.cause, Cause::TimedOut(limits().idle));
    let reply = client.complete("Why?").await.expect("it is whole");
    assert_eq!(reply.text, "one");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_model_that_thinks_is_not_silent() {
    loopback::tick();
    let server = Server::start(|mut socket, _| {
        let thought = chunk(&json!({"delta": {"reasoning_content": "hm"}}));
        Box::pin(async move {
            socket.write_all(events_head().as_bytes()).await?;
            for _ in 0..8 {
                socket.write_all(thought.as_bytes()).await?;
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            let end = text("one") + &finish("stop") + DONE;
            say(socket, end.as_bytes()).await
        })
    })
    .await;
    let client = server.client().with_limits(Limits {
        first: Duration::from_secs(1),
        ..limits()
    });
    let reply = client.complete("Why?").await.expect("it is whole");
    assert_eq!(reply.text, "one");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_whose_body_never_ends_keeps_its_status() {
    loopback::tick();
    let server = Server::start(|mut socket, _| {
        Box::pin(async move {
            let more = "content-length: 1000\r\nretry-after: 1\r\n";
            let head = head("429 Too Many Requests", "application/json", more);
            socket.write_all(head.as_bytes()).await?;
            socket.write_all(b"{\"err").await?;
            tokio::time::sleep(Duration::from_mins(10)).await;
            Ok(())
        })
    })
    .await;
    let client = server.client().with_limits(limits());
    let start = Instant::now();
    let error = client.complete("Why?").await.expect_err("refused");
    assert!(
        start.elapsed() < Duration::from_secs(1),
        "nobody waits for it"
    );
    let refusal = error.refusal().expect("it has a status");
    assert_eq!(refusal.kind, RefusalKind::Busy);
    assert_eq!(refusal.retry_after, Some(Duration::from_secs(1)));
}

/// Says `bytes` for ever.
async fn flood(
    mut socket: TcpStream,
    head: String,
    bytes: Vec<u8>,
) -> io::Result<()> {
    socket.write_all(head.as_bytes()).await?;
    loop {
        socket.write_all(&bytes).await?;
    }
}

/// Asks a server that says `bytes` for ever, with limits that a test soon
/// reaches.
async fn flooded(answer: Answering) -> Error {
    let limits = Limits {
        event_bytes: 1 << 20,
        text_bytes: 1 << 20,
        body_bytes: 4 << 20,
        ..Limits::default()
    };
    let server = Server::start(answer).await;
    let client = server.client().with_limits(limits);
    client.complete("Why?").await.expect_err("it is endless")
}

#[tokio::test]
async fn what_never_ends_has_a_limit_in_bytes() {
    let error = flooded(|socket, _| {
        let head = head("500 Internal Server Error", "text/plain", "");
        Box::pin(flood(socket, head, vec![b'x'; 1 << 18]))
    })
    .await;
    assert_eq!(error.refusal().and_then(|r| r.status), Some(500));

    let line = flooded(|socket, _| {
        Box::pin(flood(socket, events_head() + "data: ", vec![b'x'; 1 << 18]))
    })
    .await;
    assert_eq!(line.cause, Cause::TooLarge("an event", 1 << 20));

    let answer = flooded(|socket, _| {
        let words = text(&"word ".repeat(20_000));
        Box::pin(flood(socket, events_head(), words.into_bytes()))
    })
    .await;
    assert_eq!(answer.cause, Cause::TooLarge("the answer", 1 << 20));
    assert!(answer.so_far.len() > 1 << 20);

    let comments = flooded(|socket, _| {
        let comment = format!(": {}\n\n", "x".repeat(1 << 18));
        Box::pin(flood(socket, events_head(), comment.into_bytes()))
    })
    .await;
    assert_eq!(comments.cause, Cause::TooLarge("the body", 4 << 20));
}

#[tokio::test]
async fn a_large_event_and_many_events_are_read() {
    let large = text(&"x".repeat(2 << 20)) + &finish("stop") + DONE;
    let reply = ask(streamed(&large)).await.expect("it is whole");
    assert_eq!(reply.text.len(), 2 << 20);
    let many = text("word ").repeat(20_000) + &finish("stop") + DONE;
    let reply = ask(streamed(&many)).await.expect("it is whole");
    assert_eq!(reply.text.len(), 100_000);
}

/// Asks again where that may help, with pauses that a test can wait for.
async fn asked_again(client: &Client) -> Result<Reply, Error> {
    let backoff = Backoff {
        base: Duration::from_millis(10),
        ..Backoff::default()
    };
    let attempt = async || client.complete("Why?").await;
    retry(&backoff, &Jitter::seeded(1), attempt, |_, _| ()).await
}

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_asked_again_and_what_stays_is_not() {
    loopback::tick();
    for (status, requests) in [
        ("408 Request Timeout", 2),
        ("409 Conflict", 2),
        ("429 Too Many Requests", 2),
        ("500 Internal Server Error", 2),
        ("502 Bad Gateway", 2),
        ("503 Service Unavailable", 2),
        ("529 Overloaded", 2),
        ("499 Client Closed Request", 2),
        ("400 Bad Request", 1),
        ("401 Unauthorized", 1),
        ("404 Not Found", 1),
        ("422 Unprocessable Entity", 1),
    ] {
        let bytes = move |n| {
            let said = if n == 0 {
                refused(status, "", "{}")
            } else {
                good()
            };
            Some(said.into_bytes())
        };
        let server = Server::with(bytes, |_, _| unreachable!()).await;
        let reply = asked_again(&server.client()).await;
        assert_eq!(server.requests().len(), requests, "{status}");
        assert_eq!(reply.is_ok(), requests == 2, "{status}");
    }
    for (status, again, requests) in [
        ("500 Internal Server Error", "false", 1),
        ("429 Too Many Requests", "false", 1),
        ("400 Bad Request", "true", 2),
    ] {
        let more = format!("x-should-retry: {again}\r\n");
        let bytes = move |n| {
            let no = refused(status, &more, "{}");
            Some(if n == 0 { no } else { good() }.into_bytes())
        };
        let server = Server::with(bytes, |_, _| unreachable!()).await;
        assert_eq!(asked_again(&server.client()).await.is_ok(), requests == 2);
        assert_eq!(server.requests().len(), requests, "{status}");
    }
    let closed = |n| Some(if n == 0 { String::new() } else { good() }.into());
    let server = Server::with(closed, |_, _| unreachable!()).await;
    let reply = asked_again(&server.client()).await;
    assert_eq!(reply.map(|reply| reply.text), Ok("one two".into()));
}

/// Z.ai's, `DeepSeek`'s and others' words for a failure of their own.
#[tokio::test(start_paused = true)]
async fn a_reason_that_tells_of_a_failure_is_asked_again() {
    loopback::tick();
    for reason in ["network_error", "insufficient_system_resource", "ERROR"] {
        let bytes = move |n| {
            let no = streamed(&(finish(reason) + DONE));
            Some(if n == 0 { no } else { good() }.into_bytes())
        };
        let server = Server::with(bytes, |_, _| unreachable!()).await;
        let reply = asked_again(&server.client()).await;
        assert_eq!(reply.expect(reason).text, "one two");
        assert_eq!(server.requests().len(), 2, "{reason}");
    }
}

/// Usage of zero is none, and Moonshot and Groq put it elsewhere.
#[tokio::test]
async fn usage_is_found_where_it_is() {
    let usage = json!({"prompt_tokens": 1, "completion_tokens": 2});
    let zero = json!({"prompt_tokens": 0, "completion_tokens": 0});
    for last in [
        json!({"choices": [], "usage": usage}),
        json!({"choices": [{"delta": {}, "usage": usage}]}),
        json!({"choices": [], "x_groq": {"usage": usage}}),
    ] {
        let zero = json!({"choices": [], "usage": zero});
        let body = text("one") + &finish("stop");
        let body = format!("{body}data: {last}\n\ndata: {zero}\n\n{DONE}");
        let told = ask(streamed(&body)).await.expect("whole").usage;
        assert_eq!(told.expect("usage").completion_tokens, 2, "{last}");
    }
}

/// What can't succeed is asked once, and its words say what to look at.
#[tokio::test(start_paused = true)]
async fn a_server_of_another_protocol_is_told() {
    loopback::tick();
    let server = Server::saying("SSH-2.0-OpenSSH_9.6\r\n").await;
    let error = asked_again(&server.client()).await.expect_err("no HTTP");
    assert!(error.to_string().contains("isn't HTTP"), "{error}");
    assert_eq!(server.requests().len(), 1);

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let bad = "HTTP/1.1 400 Bad Request\r\n\r\n";
                say(socket, bad.as_bytes()).await
            });
        }
    });
    let client = Client::new(format!("https://127.0.0.1:{port}"), "k", "m");
    let error = client.expect("it can be sent").complete("Why?").await;
    let error = error.expect_err("no TLS");
    assert!(error.to_string().contains("no TLS"), "{error}");
    assert!(!error.is_transient());
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_asked_for_is_waited_for() {
    loopback::tick();
    for more in [
        // It has full seconds, so between three and four are left.
        "retry-after: DATE\r\n".to_owned(),
        "retry-after: 0.3\r\n".to_owned(),
        "retry-after: 9\r\nretry-after-ms: 300\r\n".to_owned(),
    ] {
        let told = more.clone();
        let bytes = move |n| {
            // By the clock on the wall, so not before it is said.
            let date = SystemTime::now() + Duration::from_secs(4);
            let date = httpdate::fmt_http_date(date);
            let told = told.replace("DATE", &date);
            let busy = refused("503 Service Unavailable", &told, "busy");
            Some(if n == 0 { busy } else { good() }.into_bytes())
        };
        let server = Server::with(bytes, |_, _| unreachable!()).await;
        let start = Instant::now();
        asked_again(&server.client())
            .await
            .expect("the second time");
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(300), "{more} {took:?}");
        assert!(took < Duration::from_secs(8), "{more} {took:?}");
    }
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed_and_no_other() {
    let to = |status: &str, to: &str| {
        let more = format!("location: {to}\r\n");
        refused(status, &more, "")
    };
    let kept = to("307 Temporary Redirect", "/moved");
    let bytes =
        move |n| Some(if n == 0 { kept.clone() } else { good() }.into());
    let server = Server::with(bytes, |_, _| unreachable!()).await;
    server
        .client()
        .complete("Why?")
        .await
        .expect("it was followed");
    let requests = server.requests();
    assert!(requests[1].starts_with("POST /moved"), "{}", requests[1]);
    assert!(requests[1].contains("Bearer sk-secret"), "{}", requests[1]);
    assert!(requests[1].contains("Why?"), "the question goes along");

    let elsewhere = Server::saying(good()).await;
    let other = format!("{}/chat/completions", elsewhere.base());
    let here = "/elsewhere".to_owned();
    for (status, place) in [
        ("307 Temporary Redirect", &other),
        ("308 Permanent Redirect", &other),
        ("302 Found", &other),
        ("302 Found", &here),
    ] {
        let server = Server::saying(to(status, place)).await;
        let error = server.client().complete("Why?").await.expect_err(status);
        let moved = matches!(&error.cause, Cause::Moved(to)
            if to.ends_with(place.as_str()));
        assert!(moved, "{status}: {error}");
        assert!(!error.is_transient());
    }
    assert_eq!(elsewhere.requests().len(), 0, "nobody went there");

    // There is nowhere to go, so the status is all there is to say.
    for status in ["300 Multiple Choices", "302 Found", "304 Not Modified"] {
        let error = ask(refused(status, "", "")).await.expect_err(status);
        assert!(error.to_string().contains(status.split_at(3).0), "{error}");
    }

    let round = Server::saying(to("307 Temporary Redirect", "/round")).await;
    let error = round.client().complete("Why?").await.expect_err("a circle");
    assert!(matches!(error.cause, Cause::Moved(_)), "{error}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_by_its_innermost_cause() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    drop(listener);
    let client = Client::new(format!("http://127.0.0.1:{port}"), "k", "m");
    let error = client.expect("it can be sent").complete("Why?").await;
    let error = error.expect_err("nobody is there");
    assert!(matches!(&error.cause, Cause::Unreachable(_)), "{error:?}");
    assert!(error.to_string().contains("refused"), "{error}");
}

/// `[DONE]` is not the end of the body. Where that comes a little later, the
/// connection is used again all the same.
#[tokio::test(start_paused = true)]
async fn a_body_that_ends_after_done_leaves_its_connection() {
    loopback::tick();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("it is bound").port();
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&accepted);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                // The kernel would wait before it sends the end of a body.
                socket.set_nodelay(true)?;
                while request(&mut socket).await.is_ok() {
                    let body = text("one") + &finish("stop") + DONE;
                    let said = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                         transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n",
                        body.len()
                    );
                    socket.write_all(said.as_bytes()).await?;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    socket.write_all(b"0\r\n\r\n").await?;
                }
                io::Result::Ok(())
            });
        }
    });
    let base = format!("http://127.0.0.1:{port}/v1");
    let client = Client::new(base, "k", "m").expect("it can be sent");
    for _ in 0..5 {
        client.complete("Why?").await.expect("it is whole");
        // The connection goes back to the pool in a task of its own.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(accepted.load(Ordering::Relaxed), 1);
}

/// What `stream` gives back has begun: an error before the first token comes
/// from it, one in mid-answer from the stream.
#[tokio::test]
async fn a_stream_that_is_given_back_has_begun() {
    let event = "data: {\"error\":{\"message\":\"m\",\"code\":500}}\n\n";
    let server = Server::saying(streamed(event)).await;
    let Err(error) = server.client().stream("Why?").await else {
        panic!("nothing was said");
    };
    assert_eq!(error.phase, Phase::FirstToken);
    let server = Server::saying(streamed(&(text("one") + event))).await;
    let mut answer = server.client().stream("Why?").await.expect("it began");
    assert_eq!(answer.next().await, Some(Ok(Piece::Text("one".into()))));
    let error = answer.next().await.expect("more").expect_err("it failed");
    assert_eq!(error.phase, Phase::Answer);
    assert_eq!(answer.next().await, None);
}
