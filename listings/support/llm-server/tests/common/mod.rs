//! What the tests of the server share: a server, requests to it, and what it
//! answers, through its router.

#![allow(dead_code, reason = "each test program uses a part of it")]

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use llm_server::{LlmServer, Model, Script};
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;

pub const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn server(model: Model) -> LlmServer {
    LlmServer::new(Script::new().seed(7).model(model))
}

pub fn chat(prompt: &str) -> Value {
    json!({
        "model": "m",
        "messages": [{ "role": "user", "content": prompt }],
    })
}

pub fn streaming(prompt: &str) -> Value {
    let mut request = chat(prompt);
    request["stream"] = json!(true);
    request["stream_options"] = json!({ "include_usage": true });
    request
}

/// A request with more fields.
pub fn with(mut request: Value, more: Value) -> Value {
    let Value::Object(more) = more else {
        panic!("{more} is no object");
    };
    for (name, value) in more {
        request[name] = value;
    }
    request
}

pub async fn send(
    llm: &LlmServer,
    method: &str,
    path: &str,
    body: impl Into<Body>,
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .body(body.into())
        .expect("a valid request");
    let response = llm.router().oneshot(request).await.expect("infallible");
    let (head, body) = response.into_parts();
    let bytes = body.collect().await.map(|b| b.to_bytes().to_vec());
    (head.status, head.headers, bytes.unwrap_or_default())
}

pub async fn post(
    llm: &LlmServer,
    path: &str,
    body: &Value,
) -> (StatusCode, HeaderMap, Value) {
    let (status, headers, bytes) =
        send(llm, "POST", path, body.to_string()).await;
    let value = serde_json::from_slice(&bytes).expect("JSON");
    (status, headers, value)
}

pub async fn ask(
    llm: &LlmServer,
    body: &Value,
) -> (StatusCode, HeaderMap, Value) {
    post(llm, "/v1/chat/completions", body).await
}

/// The data of each event of a stream, as JSON; `[DONE]` is a string.
pub async fn events(llm: &LlmServer, path: &str, body: &Value) -> Vec<Value> {
    let body = with(body.clone(), json!({ "stream": true })).to_string();
    let (status, headers, bytes) = send(llm, "POST", path, body).await;
    assert_eq!(status, 200);
    assert_eq!(headers["content-type"], "text/event-stream");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let events = text.split_terminator("\n\n").map(|event| {
        let (_, data) = event.split_once("data: ").expect("data");
        match data {
            "[DONE]" => json!("[DONE]"),
            data => serde_json::from_str(data).expect("JSON"),
        }
    });
    events.collect()
}

/// The events of a completion that is streamed.
pub async fn chunks(llm: &LlmServer, body: &Value) -> Vec<Value> {
    events(llm, "/v1/chat/completions", body).await
}
