//! The server through its router, and over a duplex pipe, under tokio's paused
//! clock: every time is exact.

mod common;

use axum::body::Body;
use common::{ask, chat, ms, s, send, server, streaming};
use eventsource_stream::Eventsource;
use futures::StreamExt;
use futures::future::join_all;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use llm_server::{Failure, LlmServer, Malformed, Model, Script};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tower::ServiceExt;

/// The tokens of a stream, and when each came; then how it ended.
async fn tokens(llm: &LlmServer, body: &Value) -> (Vec<String>, Vec<Duration>) {
    let start = Instant::now();
    let request = Request::post("/v1/chat/completions")
        .body(Body::from(body.to_string()))
        .expect("a valid request");
    let response = llm.router().oneshot(request).await.expect("infallible");
    let mut events = response.into_body().into_data_stream().eventsource();
    let mut tokens = Vec::new();
    let mut times = Vec::new();
    while let Some(Ok(event)) = events.next().await {
        if event.data == "[DONE]" {
            break;
        }
        let Ok(chunk) = serde_json::from_str::<Value>(&event.data) else {
            continue;
        };
        if let Some(text) = chunk["choices"][0]["delta"]["content"].as_str() {
            tokens.push(text.to_owned());
            times.push(start.elapsed());
        }
    }
    (tokens, times)
}

#[tokio::test(start_paused = true)]
async fn a_plain_answer_comes_when_its_last_token_would() {
    let llm = server(
        Model::new("m")
            .says("one two three")
            .first_token(ms(300))
            .between_tokens(ms(50)),
    );
    let start = Instant::now();
    let (status, _, body) = ask(&llm, &chat("Count to three")).await;
    assert_eq!(start.elapsed(), ms(400));
    assert_eq!(status, 200);
    assert_eq!(body["choices"][0]["message"]["content"], "one two three");
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    // Fourteen bytes are four tokens; three words are three.
    assert_eq!(body["usage"]["prompt_tokens"], 4);
    assert_eq!(body["usage"]["completion_tokens"], 3);
    assert_eq!(body["usage"]["total_tokens"], 7);
    let seen = llm.seen();
    assert_eq!((seen.completed, seen.aborted, seen.in_flight), (1, 0, 0));
    assert_eq!((seen.prompt_tokens, seen.completion_tokens), (4, 3));
}

#[tokio::test(start_paused = true)]
async fn a_stream_keeps_its_pace_to_the_millisecond() {
    let llm = server(
        Model::new("m")
            .says("one two three")
            .first_token(ms(300))
            .between_tokens(ms(50)),
    );
    let (words, times) = tokens(&llm, &streaming("go")).await;
    assert_eq!(words, ["one", " two", " three"]);
    assert_eq!(times, [ms(300), ms(350), ms(400)]);
    assert_eq!(llm.seen().completed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_reason_its_usage_and_done() {
    let llm = server(Model::new("m").says("a b c"));
    let mut request = streaming("go");
    request["max_tokens"] = json!(2);
    let (_, headers, bytes) =
        send(&llm, "POST", "/v1/chat/completions", request.to_string()).await;
    assert_eq!(headers["content-type"], "text/event-stream");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let events: Vec<&str> = text
        .split_terminator("\n\n")
        .map(|event| event.strip_prefix("data: ").expect("data"))
        .collect();
    assert_eq!(events.len(), 5, "{text}");
    for (event, role) in [(0, json!("assistant")), (1, Value::Null)] {
        let token: Value = serde_json::from_str(events[event]).expect("JSON");
        assert_eq!(token["choices"][0]["delta"]["role"], role);
    }
    let end: Value = serde_json::from_str(events[2]).expect("JSON");
    assert_eq!(end["choices"][0]["finish_reason"], "length");
    assert_eq!(end["usage"], Value::Null);
    let usage: Value = serde_json::from_str(events[3]).expect("JSON");
    assert_eq!(usage["choices"], json!([]));
    assert_eq!(usage["usage"]["completion_tokens"], 2);
    assert_eq!(events[4], "[DONE]");
}

#[tokio::test(start_paused = true)]
async fn jitter_is_the_same_for_the_same_seed_and_differs_from_another() {
    let run = async |seed| {
        let model = Model::new("m")
            .says("a b c d e f")
            .first_token(ms(100))
            .between_tokens(ms(10))
            .jitter(ms(20));
        let llm = LlmServer::new(Script::new().seed(seed).model(model));
        let mut all = tokens(&llm, &streaming("go")).await.1;
        all.extend(tokens(&llm, &streaming("go")).await.1);
        all
    };
    let first = run(7).await;
    assert_eq!(run(7).await, first);
    assert_ne!(run(8).await, first);
    assert!(first[0] >= ms(100) && first[0] <= ms(120), "{first:?}");
    assert_ne!(first[..6], first[6..], "requests differ");
}

#[tokio::test(start_paused = true)]
async fn attempts_fail_as_the_script_says_and_are_counted_by_prompt() {
    let llm = server(
        Model::new("m")
            .fails(1, Failure::RateLimited(Some(ms(1500))))
            .fails(2, Failure::RateLimited(None))
            .fails(3, Failure::ServerError)
            .fails(4, Failure::Overloaded(Some(s(3))))
            .fails(5, Failure::InsufficientQuota)
            .fails(6, Failure::Unauthorized)
            .fails(7, Failure::ContextTooLong),
    );
    for (status, code, retry_after) in [
        (429, json!("rate_limit_exceeded"), Some("2")),
        (429, json!("rate_limit_exceeded"), None),
        (500, Value::Null, None),
        (503, Value::Null, Some("3")),
        (429, json!("insufficient_quota"), None),
        (401, json!("invalid_api_key"), None),
        (400, json!("context_length_exceeded"), None),
    ] {
        let (got, headers, body) = ask(&llm, &chat("a")).await;
        assert_eq!(got, status);
        let error = &body["error"];
        assert_eq!(error["code"], code);
        assert!(error["message"].is_string() && error["type"].is_string());
        let header = headers.get("retry-after").map(|v| v.to_str().unwrap());
        assert_eq!(header, retry_after);
    }
    assert_eq!(ask(&llm, &chat("a")).await.0, 200);
    // Another prompt begins at its first attempt.
    assert_eq!(ask(&llm, &chat("b")).await.0, 429);
    let seen = llm.seen();
    assert_eq!(seen.requests, 9);
    assert_eq!(seen.status(429), 4);
    assert_eq!(seen.log[7].attempt, 8);
    assert_eq!(seen.log[8].attempt, 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_fails_or_is_slow_by_its_number() {
    let llm = server(
        Model::new("m")
            .first_token(ms(10))
            .fails_request(2, Failure::ServerError)
            .slow_request(3, s(9)),
    );
    let start = Instant::now();
    assert_eq!(ask(&llm, &chat("a")).await.0, 200);
    assert_eq!(ask(&llm, &chat("b")).await.0, 500);
    assert_eq!(start.elapsed(), ms(10));
    assert_eq!(ask(&llm, &chat("c")).await.0, 200);
    assert_eq!(start.elapsed(), ms(9010));
    let seen = llm.seen();
    let times: Vec<Duration> = seen.log.iter().map(|entry| entry.at).collect();
    assert_eq!(times, [ms(0), ms(10), ms(10)]);
}

#[tokio::test(start_paused = true)]
async fn more_at_once_than_the_cap_are_refused() {
    let llm = server(Model::new("m").first_token(s(1)).concurrency(3));
    let prompts: Vec<Value> = (0..5).map(|n| chat(&n.to_string())).collect();
    let answers = join_all(prompts.iter().map(|body| ask(&llm, body))).await;
    let refused = answers.iter().filter(|(status, ..)| *status == 429);
    assert_eq!(refused.count(), 2);
    assert_eq!(llm.seen().peak_in_flight, 3);
    assert_eq!(ask(&llm, &chat("6")).await.0, 200, "there is room again");
}

#[tokio::test(start_paused = true)]
async fn requests_per_minute_are_told_and_held() {
    let llm = server(Model::new("m").requests_per_minute(2));
    let (_, headers, _) = ask(&llm, &chat("a")).await;
    assert_eq!(headers["x-ratelimit-limit-requests"], "2");
    assert_eq!(headers["x-ratelimit-remaining-requests"], "1");
    assert_eq!(headers["x-ratelimit-reset-requests"], "30s");
    ask(&llm, &chat("b")).await;
    let (status, headers, body) = ask(&llm, &chat("c")).await;
    assert_eq!(status, 429);
    assert_eq!(body["error"]["type"], "requests");
    assert_eq!(headers["retry-after"], "30");
    assert_eq!(headers["x-ratelimit-reset-requests"], "1m0s");
    // Who asks again too early is refused, and begins anew: it counts.
    sleep(s(29)).await;
    assert_eq!(ask(&llm, &chat("c")).await.0, 429);
    sleep(s(29)).await;
    assert_eq!(ask(&llm, &chat("c")).await.0, 429);
    sleep(s(30)).await;
    assert_eq!(ask(&llm, &chat("c")).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn who_waits_as_long_as_retry_after_says_is_let_in() {
    let llm = server(Model::new("m").requests_per_minute(2));
    ask(&llm, &chat("a")).await;
    ask(&llm, &chat("b")).await;
    // Half a request is there; this one takes it, and gets nothing for it.
    sleep(s(15)).await;
    let (status, headers, _) = ask(&llm, &chat("c")).await;
    assert_eq!(status, 429);
    assert_eq!(headers["retry-after"], "30");
    sleep(s(30)).await;
    assert_eq!(ask(&llm, &chat("c")).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn tokens_per_minute_count_what_the_answer_may_have() {
    let llm = server(Model::new("m").tokens_per_minute(100));
    let mut big = chat("four");
    big["max_tokens"] = json!(79);
    let (status, headers, _) = ask(&llm, &big).await;
    assert_eq!(status, 200);
    assert_eq!(headers["x-ratelimit-remaining-tokens"], "20");
    let (status, headers, body) = ask(&llm, &big).await;
    assert_eq!(status, 429);
    assert_eq!(body["error"]["type"], "tokens");
    assert_eq!(headers["retry-after"], "36");
    sleep(s(36)).await;
    assert_eq!(ask(&llm, &big).await.0, 200);
    // What no minute has room for can't be helped by waiting.
    big["max_tokens"] = json!(100);
    let (status, headers, _) = ask(&llm, &big).await;
    assert_eq!(status, 429);
    assert!(!headers.contains_key("retry-after"));
}

#[tokio::test(start_paused = true)]
async fn what_is_too_long_for_the_context_is_refused() {
    let model = Model::new("m").context_tokens(10).tokenizer(str::len);
    let llm = server(model);
    assert_eq!(ask(&llm, &chat("0123456789")).await.0, 200);
    let (status, _, body) = ask(&llm, &chat("0123456789a")).await;
    assert_eq!(status, 400);
    assert_eq!(body["error"]["code"], "context_length_exceeded");
}

#[tokio::test(start_paused = true)]
async fn a_stall_says_nothing_more_and_a_client_that_leaves_is_counted() {
    let llm = server(
        Model::new("m")
            .says("a b c d")
            .between_tokens(ms(100))
            .stalls_after(2),
    );
    let request = streaming("go");
    assert!(timeout(s(60), tokens(&llm, &request)).await.is_err());
    let seen = llm.seen();
    assert_eq!((seen.aborted, seen.completed, seen.in_flight), (1, 0, 0));
    assert_eq!(seen.completion_tokens, 2, "they are billed");
    // Without a stream there is nothing at all.
    let plain = chat("go");
    assert!(timeout(s(60), ask(&llm, &plain)).await.is_err());
    assert_eq!(llm.seen().aborted, 2);
}

#[tokio::test(start_paused = true)]
async fn a_hang_up_breaks_the_body_off() {
    let llm = server(Model::new("m").says("a b c d").hangs_up_after(2));
    let request = Request::post("/v1/chat/completions")
        .body(Body::from(streaming("go").to_string()))
        .expect("a valid request");
    let response = llm.router().oneshot(request).await.expect("infallible");
    let mut body = response.into_body().into_data_stream();
    assert!(body.next().await.expect("a").is_ok());
    assert!(body.next().await.expect("b").is_ok());
    assert!(body.next().await.expect("the end").is_err());
    assert!(body.next().await.is_none());
    let seen = llm.seen();
    assert_eq!((seen.hung_up, seen.aborted, seen.in_flight), (1, 0, 0));
    assert_eq!(seen.completion_tokens, 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_may_break_off_behind_its_last_token() {
    let two = || Model::new("m").says("a b");
    let llm = server(two().hangs_up_after(2));
    assert_eq!(tokens(&llm, &streaming("go")).await.0, ["a", " b"]);
    assert_eq!((llm.seen().hung_up, llm.seen().completed), (1, 0));
    let llm = server(two().stalls_after(2));
    assert!(timeout(s(60), ask(&llm, &chat("go"))).await.is_err());
    assert_eq!(llm.seen().completion_tokens, 2);
    let llm = server(two().hangs_up_after(3));
    assert_eq!(ask(&llm, &chat("go")).await.0, 200);
    assert_eq!(llm.seen().completed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_late_reader_finds_the_tokens_that_are_there_by_then() {
    let llm = server(
        Model::new("m")
            .says("a b c d")
            .first_token(ms(300))
            .between_tokens(ms(100)),
    );
    let request = Request::post("/v1/chat/completions")
        .body(Body::from(streaming("go").to_string()))
        .expect("a valid request");
    let start = Instant::now();
    let response = llm.router().oneshot(request).await.expect("infallible");
    assert_eq!(start.elapsed(), ms(0), "the head comes at once");
    sleep(ms(450)).await;
    let mut body = response.into_body().into_data_stream();
    for token in [ms(450), ms(450), ms(500), ms(600)] {
        body.next().await.expect("a token").expect("valid");
        assert_eq!(start.elapsed(), token);
    }
}

#[tokio::test(start_paused = true)]
async fn what_else_goes_on_does_not_change_a_request_s_jitter() {
    let run = async |others: usize| {
        let model = |name| {
            Model::new(name)
                .says("a b c")
                .first_token(ms(100))
                .jitter(ms(50))
        };
        let script = Script::new().seed(7).model(model("m"));
        let llm = LlmServer::new(script.model(model("other")));
        let mut noise = streaming("go");
        noise["model"] = json!("other");
        let noise = join_all((0..others).map(|_| tokens(&llm, &noise)));
        let request = streaming("go");
        let (_, (_, times)) = futures::join!(noise, tokens(&llm, &request));
        times
    };
    assert_eq!(run(0).await, run(20).await);
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_of_a_request_has_its_bounds() {
    let llm = server(Model::new("m"));
    let mut request = chat("a");
    request["model"] = json!("é".repeat(100_000));
    let (status, _, body) = ask(&llm, &request).await;
    assert_eq!(status, 404);
    assert!(body.to_string().len() < 500);
    assert_eq!(llm.seen().log[0].model, "é".repeat(50));
    for n in 0..llm_server::LOG {
        ask(&llm, &chat(&n.to_string())).await;
    }
    let seen = llm.seen();
    assert_eq!(seen.log.len(), llm_server::LOG);
    assert_eq!(seen.log[0].model, "m", "the oldest is forgotten");
    assert_eq!(
        seen.requests,
        1 + u64::try_from(llm_server::LOG).expect("few")
    );
}

#[tokio::test(start_paused = true)]
async fn streams_that_are_unusual_but_valid_give_the_same_tokens() {
    let text = "Straße, 日本 und 🦀 am Ende";
    let plain = server(Model::new("m").says(text));
    let expected = tokens(&plain, &streaming("go")).await.0;
    assert_eq!(expected.concat(), text);
    for how in [
        Malformed::Crlf,
        Malformed::Comments,
        Malformed::SeveralDataLines,
        Malformed::SplitUtf8,
        Malformed::NoDone,
    ] {
        let llm = server(Model::new("m").says(text).malformed(how));
        let found = tokens(&llm, &streaming("go")).await.0;
        assert_eq!(found, expected, "{how:?}");
    }
    let all = [
        Malformed::Crlf,
        Malformed::Comments,
        Malformed::SeveralDataLines,
        Malformed::SplitUtf8,
    ];
    let model = all
        .into_iter()
        .fold(Model::new("m").says(text), Model::malformed);
    let found = tokens(&server(model), &streaming("go")).await.0;
    assert_eq!(found, expected);
}

#[tokio::test(start_paused = true)]
async fn each_way_to_be_malformed_is_seen_in_the_bytes() {
    let bytes = async |how| {
        let llm = server(Model::new("m").says("é b").malformed(how));
        let text = streaming("go").to_string();
        send(&llm, "POST", "/v1/chat/completions", text).await.2
    };
    let has = |all: &[u8], some: &[u8]| {
        all.windows(some.len()).any(|window| window == some)
    };
    assert!(has(&bytes(Malformed::Crlf).await, b"\r\n\r\ndata: "));
    assert!(has(&bytes(Malformed::Comments).await, b"\n: keep-alive\n"));
    assert!(has(
        &bytes(Malformed::SeveralDataLines).await,
        b"data: {\ndata: \""
    ));
    assert!(
        bytes(Malformed::Bom)
            .await
            .starts_with(b"\xef\xbb\xbfdata: ")
    );
    assert!(has(&bytes(Malformed::Cr).await, b"}\r\rdata: "));
    assert!(has(&bytes(Malformed::NoBlank).await, b"\n\ndata:{"));
    assert!(has(
        &bytes(Malformed::EmptyData).await,
        b"\n\ndata:\n\ndata: "
    ));
    assert!(!has(&bytes(Malformed::NoDone).await, b"[DONE]"));
    assert!(has(&bytes(Malformed::Garbage).await, b"[{\"delta\"\n\n"));
    assert!(has(
        &bytes(Malformed::InvalidUtf8).await,
        b"data: \xff\xfe\n"
    ));
    // One byte a chunk: an é comes in two.
    let llm = server(Model::new("m").says("é").malformed(Malformed::SplitUtf8));
    let request = Request::post("/v1/chat/completions")
        .body(Body::from(streaming("go").to_string()))
        .expect("a valid request");
    let response = llm.router().oneshot(request).await.expect("infallible");
    let body = response.into_body().into_data_stream();
    let chunks: Vec<_> = StreamExt::collect(body).await;
    let lengths = chunks.iter().flatten().map(bytes::Bytes::len);
    assert!(lengths.max() == Some(1));
}

#[tokio::test(start_paused = true)]
async fn bad_requests_get_what_the_api_says() {
    let path = "/v1/chat/completions";
    let huge = " ".repeat(llm_server::BODY + 1);
    let mut nobody = chat("a");
    nobody["model"] = json!("x");
    refused("POST", path, "{", 400, Value::Null).await;
    refused("POST", path, "", 400, Value::Null).await;
    refused("POST", path, &huge, 413, Value::Null).await;
    let no_model = json!("model_not_found");
    refused("POST", path, &nobody.to_string(), 404, no_model.clone()).await;
    refused("GET", "/v1/models/x", "", 404, no_model).await;
    refused("GET", path, "", 405, json!("method_not_supported")).await;
    refused("POST", "/v2/chat", "", 404, json!("unknown_url")).await;
    let none = r#"{"model":"m","input":[]}"#;
    refused("POST", "/v1/embeddings", none, 400, json!("empty_array")).await;
}

/// Such a request gets an error as the API words it, with this status and code.
async fn refused(
    method: &str,
    path: &str,
    body: &str,
    status: u16,
    code: Value,
) {
    let llm = LlmServer::new(Script::new().model(Model::new("m")));
    let (got, headers, bytes) = send(&llm, method, path, body.to_owned()).await;
    assert_eq!(got, status, "{method} {path}");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers.contains_key("allow"), status == 405);
    let body: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert_eq!(body["error"]["code"], code, "{body}");
    assert!(body["error"]["message"].is_string(), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_key_is_asked_for_where_the_script_has_one() {
    let script = Script::new().model(Model::new("m")).api_key("sk-right");
    let llm = LlmServer::new(script);
    let ask = async |key: Option<&str>| {
        let mut request = Request::get("/v1/models");
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let request = request.body(Body::empty()).expect("a valid request");
        let response = llm.router().oneshot(request).await.expect("infallible");
        let status = response.status();
        let bytes = response.into_body().collect().await.expect("a body");
        let bytes = bytes.to_bytes().to_vec();
        (status, String::from_utf8(bytes).expect("UTF-8"))
    };
    assert_eq!(ask(Some("sk-right")).await.0, 200);
    assert_eq!(ask(None).await.0, 401);
    let (status, body) = ask(Some("sk-wrong")).await;
    assert_eq!(status, 401);
    assert!(body.contains("invalid_api_key"));
    assert!(!body.contains("sk-"), "keys are not repeated: {body}");
}

#[tokio::test(start_paused = true)]
async fn embeddings_are_unit_vectors_in_both_encodings() {
    let llm = server(Model::new("m").dimensions(8).first_token(ms(40)));
    let start = Instant::now();
    let embed = async |body: Value| {
        let text = body.to_string();
        let (status, _, bytes) =
            send(&llm, "POST", "/v1/embeddings", text).await;
        assert_eq!(status, 200);
        serde_json::from_slice::<Value>(&bytes).expect("JSON")
    };
    let body = embed(json!({ "model": "m", "input": ["a b", "c"] })).await;
    assert_eq!(start.elapsed(), ms(40));
    assert_eq!(body["data"][1]["index"], 1);
    let first = body["data"][0]["embedding"].as_array().expect("a vector");
    let vector: Vec<f64> = first.iter().filter_map(Value::as_f64).collect();
    assert_eq!(vector.len(), 8);
    let length: f64 = vector.iter().map(|x| x * x).sum();
    assert!((length - 1.0).abs() < 1e-6);
    let body = embed(json!({
        "model": "m", "input": "a b", "encoding_format": "base64",
    }));
    let encoded = body.await["data"][0]["embedding"].clone();
    // Eight floats of four bytes.
    assert_eq!(encoded.as_str().map(str::len), Some(44));
}

/// A server that refuses the first attempt, and a client of it, both on one
/// pipe; and the task that serves it.
async fn over_a_pipe() -> (LlmServer, SendRequest<String>, JoinHandle<()>) {
    let llm = server(
        Model::new("m")
            .says("one two three four")
            .first_token(ms(250))
            .between_tokens(ms(250))
            .fails(1, Failure::RateLimited(Some(s(2)))),
    );
    let (ours, theirs) = tokio::io::duplex(1024);
    let serving = llm.clone();
    let served = tokio::spawn(async move {
        serving.serve_connection(theirs).await;
    });
    let (client, connection) =
        handshake(TokioIo::new(ours)).await.expect("a handshake");
    tokio::spawn(connection);
    (llm, client, served)
}

async fn ask_on(client: &mut SendRequest<String>) -> Response<Incoming> {
    client.ready().await.expect("it keeps the connection");
    let request = Request::post("/v1/chat/completions")
        .header("host", "pipe")
        .body(streaming("go").to_string())
        .expect("a valid request");
    client.send_request(request).await.expect("sent")
}

#[tokio::test(start_paused = true)]
async fn over_a_pipe_a_client_retries_and_reads_on_the_paused_clock() {
    let (_llm, mut client, _served) = over_a_pipe().await;
    let start = Instant::now();
    let refused = ask_on(&mut client).await;
    assert_eq!(refused.status(), 429);
    let wait = refused.headers()["retry-after"].to_str().expect("text");
    let wait = wait.parse().expect("seconds");
    let body = refused.into_body().collect().await;
    body.expect("the error's body");
    sleep(s(wait)).await;
    let response = ask_on(&mut client).await;
    assert_eq!(response.status(), 200);
    let mut events = response.into_body().into_data_stream().eventsource();
    events.next().await.expect("a token").expect("valid");
    assert_eq!(start.elapsed(), ms(2250));
    while let Some(event) = events.next().await {
        event.expect("valid");
    }
    assert_eq!(start.elapsed(), s(3));
}

#[tokio::test(start_paused = true)]
async fn over_a_pipe_a_client_that_hangs_up_is_counted_as_aborted() {
    let (llm, mut client, served) = over_a_pipe().await;
    let refused = ask_on(&mut client).await.into_body().collect().await;
    refused.expect("the error's body");
    let response = ask_on(&mut client).await;
    let whole = response.into_body().collect().await;
    whole.expect("the whole answer");
    let response = ask_on(&mut client).await;
    let mut body = response.into_body().into_data_stream();
    body.next().await.expect("a token").expect("valid");
    drop((body, client));
    served.await.expect("the connection has ended");
    let seen = llm.seen();
    assert_eq!((seen.completed, seen.aborted, seen.in_flight), (1, 1, 0));
}
