//! What holds for any answer, any way to cut it into chunks, any request and any
//! script.

use axum::body::Body;
use bytes::Bytes;
use eventsource_stream::Eventsource;
use futures::{executor, stream};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use llm_server::{ChatRequest, LlmServer, Malformed, Model, Script};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::convert::Infallible;
use tower::ServiceExt;

/// All that a client has to read.
const VALID: [Malformed; 5] = [
    Malformed::Crlf,
    Malformed::Comments,
    Malformed::SeveralDataLines,
    Malformed::SplitUtf8,
    Malformed::NoDone,
];

/// What `POST /v1/chat/completions` answers, without a connection.
fn post(llm: &LlmServer, body: impl Into<Body>) -> (StatusCode, Bytes) {
    let request = Request::post("/v1/chat/completions")
        .body(body.into())
        .expect("a valid request");
    // No model here takes any time, so any executor will do.
    executor::block_on(async {
        let response = llm.router().oneshot(request).await.expect("infallible");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a body");
        (status, body.to_bytes())
    })
}

fn streamed(text: &str, how: &BTreeSet<Malformed>, usage: bool) -> Bytes {
    let model = how
        .iter()
        .copied()
        .fold(Model::new("m").says(text.to_owned()), Model::malformed);
    let request = json!({
        "model": "m",
        "stream": true,
        "stream_options": { "include_usage": usage },
        "messages": [{ "role": "user", "content": "Say it" }],
    });
    let llm = LlmServer::new(Script::new().model(model));
    let (status, bytes) = post(&llm, request.to_string());
    assert_eq!(status, 200);
    assert_eq!(llm.seen().completed, 1);
    bytes
}

/// The chunks that these places make of a body.
fn cut(bytes: &Bytes, places: &[Index]) -> Vec<Bytes> {
    let length = bytes.len() + 1;
    let mut places: Vec<_> = places.iter().map(|p| p.index(length)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    let pairs = places.windows(2);
    pairs.map(|pair| bytes.slice(pair[0]..pair[1])).collect()
}

/// What a client makes of these chunks: the data of each event.
fn events(chunks: Vec<Bytes>) -> Vec<String> {
    let body = stream::iter(chunks.into_iter().map(Ok::<_, Infallible>));
    executor::block_on_stream(body.eventsource())
        .map(|event| event.expect("a valid event").data)
        .collect()
}

/// The tokens in these events, why the answer ended, and what it used.
fn read(events: &[String]) -> (Vec<String>, Value, Value) {
    let mut tokens = Vec::new();
    let (mut reason, mut usage) = (Value::Null, Value::Null);
    for event in events.iter().filter(|data| *data != "[DONE]") {
        let chunk: Value = serde_json::from_str(event).expect("JSON");
        for choice in chunk["choices"].as_array().expect("choices") {
            if let Some(text) = choice["delta"]["content"].as_str() {
                tokens.push(text.to_owned());
            }
            if !choice["finish_reason"].is_null() {
                reason = choice["finish_reason"].clone();
            }
        }
        if !chunk["usage"].is_null() {
            usage = chunk["usage"]["completion_tokens"].clone();
        }
    }
    (tokens, reason, usage)
}

proptest! {
    #[test]
    fn any_split_of_any_valid_stream_yields_the_same_tokens(
        text in "\\PC{0,40}|[ \n\r\ta-z:日🦀é]{0,40}",
        how in btree_set(select(&VALID[..]), 0..=VALID.len()),
        include_usage in any::<bool>(),
        places in vec(any::<Index>(), 0..60),
    ) {
        let bytes = streamed(&text, &how, include_usage);
        let found = events(cut(&bytes, &places));
        let (tokens, reason, usage) = read(&found);
        prop_assert_eq!(tokens.concat(), text);
        prop_assert!(tokens.iter().all(|token| !token.is_empty()));
        prop_assert_eq!(reason, "stop");
        let used = include_usage.then_some(tokens.len());
        prop_assert_eq!(usage, json!(used));
        let done = found.last().is_some_and(|data| data == "[DONE]");
        prop_assert_eq!(done, !how.contains(&Malformed::NoDone));
    }

    #[test]
    fn a_stream_says_what_the_whole_answer_says(
        text in "\\PC{0,60}",
        most in 1_u64..12,
    ) {
        let model = Model::new("m").says(text);
        let llm = LlmServer::new(Script::new().model(model));
        let mut request = json!({
            "model": "m",
            "max_tokens": most,
            "messages": [{ "role": "user", "content": "Say it" }],
        });
        let (_, whole) = post(&llm, request.to_string());
        let whole: Value = serde_json::from_slice(&whole).expect("JSON");
        request["stream"] = json!(true);
        request["stream_options"] = json!({ "include_usage": true });
        let (_, bytes) = post(&llm, request.to_string());
        let (tokens, reason, usage) = read(&events(vec![bytes]));
        let choice = &whole["choices"][0];
        prop_assert_eq!(&json!(tokens.concat()), &choice["message"]["content"]);
        prop_assert_eq!(&reason, &choice["finish_reason"]);
        prop_assert_eq!(usage, whole["usage"]["completion_tokens"].clone());
        prop_assert!(u64::try_from(tokens.len()).expect("few") <= most);
    }

    #[test]
    fn any_body_has_its_answer_and_no_fault_is_the_server_s(
        body in prop_oneof![
            vec(any::<u8>(), 0..80),
            requests().prop_map(|value| value.to_string().into_bytes()),
        ],
    ) {
        let llm = LlmServer::new(Script::new().model(Model::new("m")));
        let (status, answer) = post(&llm, body.clone());
        prop_assert_eq!(
            ChatRequest::parse(&body).is_ok(),
            status == 200 || status == 404,
            "{}", status
        );
        prop_assert!(status == 200 || status.is_client_error(), "{}", status);
        if status != 200 {
            let answer: Value = serde_json::from_slice(&answer).expect("JSON");
            prop_assert!(answer["error"]["message"].is_string(), "{}", answer);
        }
        prop_assert_eq!(llm.seen().status(status.as_u16()), 1);
        prop_assert_eq!(llm.seen().in_flight, 0);
    }

    #[test]
    fn any_script_is_sound_or_told_with_its_place(
        at in any::<Index>(),
        with in "[-=\\[\\]{}\"'#.a-z0-9 \né🦀]{0,6}",
        less in 0_usize..12,
    ) {
        let text = include_str!("../scripts/example.toml");
        let chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        let (before, after) = chars.split_at(at);
        let after = after.iter().skip(less);
        let spoiled: String =
            before.iter().copied().chain(with.chars()).chain(after.copied())
                .collect();
        if let Err(error) = Script::parse(&spoiled, "s.toml") {
            let said = error.to_string();
            let place = said.strip_prefix("s.toml:").expect("the file");
            let mut place = place.splitn(3, ':');
            let mut number = || {
                let number = place.next().expect("a number");
                number.parse::<usize>().expect("a number")
            };
            let (line, column) = (number(), number());
            let lines = spoiled.split('\n').count();
            prop_assert!((1..=lines).contains(&line), "{}", said);
            prop_assert!(column >= 1, "{}", said);
        }
    }
}

/// Requests that are near to good ones.
fn requests() -> impl Strategy<Value = Value> {
    let odd = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,5}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{ "role": "user", "content": [{ "text": "a" }] }])),
        Just(json!([null])),
    ];
    let field = select(vec![
        "model",
        "messages",
        "stream",
        "stream_options",
        "temperature",
        "max_tokens",
        "max_completion_tokens",
        "n",
        "top_p",
        "user",
        "unheard-of",
    ]);
    vec((field, odd), 0..3).prop_map(|changes| {
        let mut request = json!({
            "model": "m",
            "messages": [{ "role": "user", "content": "a" }],
        });
        for (field, value) in changes {
            request[field] = value;
        }
        request
    })
}
