//! What a request asks for is done, or refused: through the router, on the
//! paused clock.

mod common;

use axum::body::Body;
use common::{ask, chat, chunks, ms, post, s, send, server, streaming, with};
use futures::StreamExt;
use http::Request;
use llm_server::{
    ErrorBody, Failure, LlmServer, Malformed, Model, Refusal, RetryAfter,
    Script, Turn,
};
use serde_json::{Value, json};
use std::collections::HashSet;
use tokio::time::{Instant, timeout};
use tower::ServiceExt;

/// The only choice's message, and why it ended.
fn said(answer: &Value) -> (&str, &str) {
    let choice = &answer["choices"][0];
    let content = choice["message"]["content"].as_str();
    let reason = choice["finish_reason"].as_str();
    (content.unwrap_or_default(), reason.unwrap_or_default())
}

fn tools(more: Value) -> Value {
    let tool = |name: &str| {
        json!({ "type": "function", "function": {
            "name": name,
            "parameters": {
                "type": "object",
                "properties": { "city": { "type": "string" } },
            },
        }})
    };
    let tools = json!({ "tools": [tool("weather"), tool("clock")] });
    with(with(chat("Paris?"), tools), more)
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_before_the_first_stop() {
    let llm = server(Model::new("m").says("one two three four"));
    for (stop, text) in [
        (json!("three"), "one two "),
        (json!(["four", " two"]), "one"),
        (json!(["five"]), "one two three four"),
        (json!([]), "one two three four"),
    ] {
        let request = with(chat("go"), json!({ "stop": stop }));
        let (_, _, answer) = ask(&llm, &request).await;
        assert_eq!(said(&answer), (text, "stop"));
        let streamed = chunks(&llm, &request).await;
        let text_streamed: String = streamed
            .iter()
            .filter_map(|e| e["choices"][0]["delta"]["content"].as_str())
            .collect();
        assert_eq!(text_streamed, text);
    }
}

#[tokio::test(start_paused = true)]
async fn there_are_as_many_answers_as_were_asked_for() {
    let llm = server(Model::new("m").says("a b").first_token(ms(10)));
    let request = with(chat("go"), json!({ "n": 3 }));
    let (_, _, answer) = ask(&llm, &request).await;
    let choices = answer["choices"].as_array().expect("choices");
    let indices: Vec<_> = choices.iter().map(|c| &c["index"]).collect();
    assert_eq!(indices, [0, 1, 2]);
    assert!(choices.iter().all(|c| c["message"]["content"] == "a b"));
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["usage"]["completion_tokens"], 6);
    assert_eq!(llm.seen().completion_tokens, 6);
    let streamed = chunks(&llm, &request).await;
    for index in 0..3 {
        let of = streamed
            .iter()
            .filter_map(|event| event["choices"].get(0))
            .filter(|choice| choice["index"] == index);
        let text: String = of
            .clone()
            .filter_map(|c| c["delta"]["content"].as_str())
            .collect();
        assert_eq!(text, "a b");
        let last = of.clone().next_back().expect("a choice");
        assert_eq!(last["finish_reason"], "stop");
    }
    assert_eq!(streamed.last(), Some(&json!("[DONE]")));
}

#[tokio::test(start_paused = true)]
async fn tokens_per_minute_count_every_answer() {
    let llm = server(Model::new("m").tokens_per_minute(100));
    let request = with(chat("four"), json!({ "n": 5, "max_tokens": 19 }));
    let (_, headers, _) = ask(&llm, &request).await;
    assert_eq!(headers["x-ratelimit-remaining-tokens"], "4");
}

#[tokio::test(start_paused = true)]
async fn each_token_tells_how_likely_it_was_where_that_is_asked() {
    let llm = server(Model::new("m").says("é b"));
    let request =
        with(chat("go"), json!({ "logprobs": true, "top_logprobs": 2 }));
    let (_, _, answer) = ask(&llm, &request).await;
    let tokens = answer["choices"][0]["logprobs"]["content"].clone();
    assert_eq!(tokens[0]["token"], "é");
    assert_eq!(tokens[0]["bytes"], json!([0xc3, 0xa9]));
    assert_eq!(tokens[1]["top_logprobs"][0]["token"], " b");
    assert_eq!(tokens[1]["top_logprobs"].as_array().map(Vec::len), Some(2));
    assert!(tokens[0]["logprob"].as_f64().is_some_and(|p| p <= 0.0));
    let streamed = chunks(&llm, &request).await;
    let first = &streamed[0]["choices"][0]["logprobs"]["content"];
    assert_eq!(first[0], tokens[0]);
    let plain = ask(&llm, &chat("go")).await.2;
    assert_eq!(plain["choices"][0]["logprobs"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn an_answer_with_logprobs_has_at_most_4096_tokens() {
    let llm = server(Model::new("m").says("a ".repeat(5000).trim_end()));
    let request = with(chat("go"), json!({ "logprobs": true }));
    let (_, _, answer) = ask(&llm, &request).await;
    assert_eq!(answer["usage"]["completion_tokens"], 4096);
    assert_eq!(said(&answer).1, "length");
}

#[tokio::test(start_paused = true)]
async fn an_answer_has_the_shape_that_was_asked_for() {
    let object = json!({ "response_format": { "type": "json_object" } });
    let schema = json!({ "response_format": {
        "type": "json_schema",
        "json_schema": { "name": "a", "strict": true, "schema": {
            "type": "object",
            "properties": {
                "title": { "type": "string" },
                "year": { "type": "integer" },
            },
            "required": ["title", "year"],
            "additionalProperties": false,
        }},
    }});
    let words = server(Model::new("m").says("Emma"));
    let json = server(Model::new("m").says(r#"{"title": "Emma"}"#));
    for (llm, format, text) in [
        (&words, &object, r#"{"text":"Emma"}"#),
        (&words, &schema, r#"{"title":"Emma","year":0}"#),
        (&json, &object, r#"{"title": "Emma"}"#),
        (&json, &schema, r#"{"title": "Emma"}"#),
    ] {
        let request = with(chat("Say it as JSON"), format.clone());
        let (_, _, answer) = ask(llm, &request).await;
        assert_eq!(said(&answer), (text, "stop"));
    }
    // What is cut off is no JSON.
    let cut = with(with(chat("JSON"), schema), json!({ "max_tokens": 1 }));
    let (_, _, answer) = ask(&words, &cut).await;
    assert_eq!(said(&answer).1, "stop", "it is one word");
    let (_, _, answer) = ask(&json, &cut).await;
    assert_eq!(said(&answer), (r#"{"title":"#, "length"));
}

#[tokio::test(start_paused = true)]
async fn tools_are_called_where_the_request_allows_it() {
    let turn = Turn::says("It is sunny.")
        .and_calls("weather", r#"{"city": "Paris"}"#)
        .and_calls("clock", "");
    let llm = server(Model::new("m").turn(turn));
    let names = async |request: Value| {
        let (status, _, answer) = ask(&llm, &request).await;
        assert_eq!(status, 200, "{answer}");
        let message = &answer["choices"][0]["message"];
        let calls = message["tool_calls"].as_array();
        let calls = calls.into_iter().flatten();
        let names: Vec<String> = calls
            .map(|call| call["function"]["name"].to_string())
            .collect();
        assert_eq!(message["content"].is_null(), !names.is_empty());
        (names.concat().replace('"', " "), said(&answer).1.to_owned())
    };
    let pick = |name: &str| {
        json!({ "tool_choice":
            { "type": "function", "function": { "name": name } } })
    };
    for (request, called, reason) in [
        (tools(json!({})), " weather  clock ", "tool_calls"),
        (
            tools(json!({ "tool_choice": "required" })),
            " weather  clock ",
            "tool_calls",
        ),
        (
            tools(json!({ "parallel_tool_calls": false })),
            " weather ",
            "tool_calls",
        ),
        (tools(json!({ "tool_choice": "none" })), "", "stop"),
        (tools(pick("clock")), " clock ", "stop"),
        (chat("Paris?"), "", "stop"),
    ] {
        let found = names(request).await;
        assert_eq!(found, (called.to_owned(), reason.to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_has_to_be_called_is_called_without_a_script() {
    let llm = server(Model::new("m").says("No tools."));
    let request = tools(json!({ "tool_choice": "required" }));
    let (_, _, answer) = ask(&llm, &request).await;
    let call = &answer["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(call["name"], "weather");
    assert_eq!(call["arguments"], r#"{"city":"Paris?"}"#);
    let (_, _, answer) = ask(&llm, &tools(json!({}))).await;
    assert_eq!(said(&answer), ("No tools.", "stop"));
}

#[tokio::test(start_paused = true)]
async fn once_its_tools_have_answered_a_model_speaks() {
    let turn =
        Turn::says("It is sunny.").and_calls("weather", r#"{"city": "Paris"}"#);
    let llm = server(Model::new("m").turn(turn));
    let request = tools(json!({}));
    let (_, _, answer) = ask(&llm, &request).await;
    let message = answer["choices"][0]["message"].clone();
    let id = message["tool_calls"][0]["id"].clone();
    let mut messages = request["messages"].clone();
    let all = messages.as_array_mut().expect("messages");
    // As an SDK sends it back, whole.
    all.push(message);
    let unanswered = with(request.clone(), json!({ "messages": all }));
    let (status, _, answer) = ask(&llm, &unanswered).await;
    assert_eq!(status, 400);
    let words = answer["error"]["message"].as_str().expect("words");
    assert!(words.contains(id.as_str().expect("an id")), "{words}");
    all.push(json!({ "role": "tool", "tool_call_id": id, "content": "21" }));
    let answered = with(request, json!({ "messages": messages }));
    let (_, _, answer) = ask(&llm, &answered).await;
    assert_eq!(said(&answer), ("It is sunny.", "stop"));
}

#[tokio::test(start_paused = true)]
async fn the_arguments_of_calls_are_streamed_in_fragments() {
    let turn =
        Turn::calls("weather", r#"{"city": "Paris"}"#).and_calls("clock", "");
    let llm = server(Model::new("m").turn(turn).between_tokens(ms(10)));
    let streamed = chunks(&llm, &tools(json!({}))).await;
    let deltas: Vec<&Value> =
        streamed.iter().map(|e| &e["choices"][0]["delta"]).collect();
    assert_eq!(deltas[0]["role"], "assistant");
    let calls: Vec<&Value> = deltas
        .iter()
        .map(|delta| &delta["tool_calls"][0])
        .filter(|call| !call.is_null())
        .collect();
    for (index, arguments) in [(0, r#"{"city": "Paris"}"#), (1, "")] {
        let of: Vec<_> =
            calls.iter().filter(|call| call["index"] == index).collect();
        let ids = of.iter().filter(|call| call["id"].is_string());
        assert_eq!(ids.count(), 1, "the id comes once");
        let text: String = of
            .iter()
            .filter_map(|call| call["function"]["arguments"].as_str())
            .collect();
        assert_eq!(text, arguments);
    }
    assert!(calls.len() > 5, "in fragments: {calls:?}");
    let last = &streamed[streamed.len() - 2]["choices"][0];
    assert_eq!(last["finish_reason"], "tool_calls");
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_for_the_reason_that_the_script_gives() {
    for reason in ["length", "content_filter", "tool_calls", "odd"] {
        let turn = Turn::says("a b").finish_reason(reason);
        let llm = server(Model::new("m").turn(turn));
        let (_, _, answer) = ask(&llm, &chat("go")).await;
        assert_eq!(said(&answer), ("a b", reason));
        let streamed = chunks(&llm, &chat("go")).await;
        let last = &streamed[streamed.len() - 2]["choices"][0];
        assert_eq!(last["finish_reason"], reason);
        let cut = with(chat("go"), json!({ "max_tokens": 1 }));
        assert_eq!(said(&ask(&llm, &cut).await.2), ("a", "length"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_declines_says_so_and_has_no_content() {
    let llm = server(Model::new("m").turn(Turn::refuses("Not that.")));
    let (_, _, answer) = ask(&llm, &chat("go")).await;
    let message = &answer["choices"][0]["message"];
    assert_eq!(message["refusal"], "Not that.");
    assert_eq!(message["content"], Value::Null);
    let streamed = chunks(&llm, &chat("go")).await;
    let words: String = streamed
        .iter()
        .filter_map(|e| e["choices"][0]["delta"]["refusal"].as_str())
        .collect();
    assert_eq!(words, "Not that.");
}

#[tokio::test(start_paused = true)]
async fn an_error_in_the_middle_of_a_stream_is_its_last_event() {
    let llm = server(Model::new("m").says("a b c").errors_after(2));
    let streamed = chunks(&llm, &chat("go")).await;
    assert_eq!(streamed.len(), 3);
    let error = &streamed[2]["error"];
    assert_eq!(error["type"], "server_error");
    assert!(error["message"].is_string());
    assert!(streamed[2].get("choices").is_none());
    let (status, _, answer) = ask(&llm, &chat("go")).await;
    assert_eq!(status, 500);
    assert_eq!(answer["error"]["type"], "server_error");
    assert_eq!((llm.seen().hung_up, llm.seen().in_flight), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn an_endless_answer_never_ends() {
    let llm =
        server(Model::new("m").says("a b").between_tokens(ms(10)).endless());
    for request in [
        streaming("go"),
        with(chat("go"), json!({ "max_tokens": 1 })),
    ] {
        let request = Request::post("/v1/chat/completions")
            .body(Body::from(request.to_string()))
            .expect("a valid request");
        let response = llm.router().oneshot(request).await.expect("infallible");
        let mut body = response.into_body().into_data_stream();
        for _ in 0..1000 {
            body.next().await.expect("there is more").expect("a chunk");
        }
    }
    assert_eq!(llm.seen().aborted, 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_says_when_to_come_back_in_each_way() {
    let refusal = |wait| Refusal::from(Failure::Status(529)).retry_after(wait);
    let model = Model::new("m")
        .fails(1, refusal(RetryAfter::Fraction(ms(900))))
        .fails(2, refusal(RetryAfter::Text("soon".to_owned())))
        .fails(
            3,
            refusal(RetryAfter::Seconds(s(2)))
                .retry_after(RetryAfter::Millis(ms(1500)))
                .message("Busy."),
        )
        .fails(4, Failure::Status(408))
        .fails(5, Failure::Status(409))
        .fails(6, Failure::Status(200));
    let llm = server(model);
    for (status, after, millis) in [
        (529, Some("0.9"), None),
        (529, Some("soon"), None),
        (529, Some("2"), Some("1500")),
        (408, None, None),
        (409, None, None),
        (500, None, None),
    ] {
        let (got, headers, body) = ask(&llm, &chat("a")).await;
        assert_eq!(got, status);
        assert!(body["error"]["message"].is_string());
        for (name, value) in
            [("retry-after", after), ("retry-after-ms", millis)]
        {
            let told = headers.get(name).map(|v| v.to_str().expect("text"));
            assert_eq!(told, value, "{name} of {status}");
        }
        if millis.is_some() {
            assert_eq!(body["error"]["message"], "Busy.");
            assert_eq!(body["error"]["type"], "overloaded_error");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_body_of_a_refusal_may_stall_or_never_end() {
    let broken = |body| Refusal::from(Failure::ServerError).body(body);
    let model = Model::new("m")
        .fails(1, broken(ErrorBody::Stalls))
        .fails(2, broken(ErrorBody::Floods));
    let llm = server(model);
    let body = async || {
        let request = Request::post("/v1/chat/completions")
            .body(Body::from(chat("a").to_string()))
            .expect("a valid request");
        let response = llm.router().oneshot(request).await.expect("infallible");
        assert_eq!(response.status(), 500);
        response.into_body().into_data_stream()
    };
    let mut stalls = body().await;
    assert!(stalls.next().await.is_some(), "it begins");
    assert!(timeout(s(3600), stalls.next()).await.is_err());
    let mut floods = body().await;
    for _ in 0..10_000 {
        floods
            .next()
            .await
            .expect("there is more")
            .expect("a chunk");
    }
}

#[tokio::test(start_paused = true)]
async fn ids_and_request_ids_never_repeat_and_every_response_has_one() {
    let llm = server(Model::new("m").says("a"));
    let mut ids = HashSet::new();
    let mut asked = 0;
    for (method, path, body) in [
        ("GET", "/v1/models", String::new()),
        ("GET", "/v1/models/x", String::new()),
        ("PUT", "/v1/models", String::new()),
        ("GET", "/nowhere", String::new()),
        ("POST", "/v1/chat/completions", "{".to_owned()),
        ("POST", "/v1/chat/completions", streaming("a").to_string()),
        (
            "POST",
            "/v1/embeddings",
            json!({ "model": "m", "input": "a" }).to_string(),
        ),
    ] {
        let (_, headers, _) = send(&llm, method, path, body).await;
        let id = headers["x-request-id"].to_str().expect("text").to_owned();
        assert!(id.starts_with("req_"), "{id}");
        ids.insert(id);
        asked += 1;
    }
    for _ in 0..100 {
        let (_, headers, answer) = ask(&llm, &chat("a")).await;
        ids.insert(headers["x-request-id"].to_str().expect("text").to_owned());
        ids.insert(answer["id"].to_string());
        asked += 2;
    }
    // Another server of this process has ids of its own, too.
    let other = server(Model::new("m").says("a"));
    ids.insert(ask(&other, &chat("a")).await.2["id"].to_string());
    assert_eq!(ids.len(), asked + 1);
}

#[tokio::test(start_paused = true)]
async fn the_fingerprint_is_the_model_s_and_the_same_for_all_its_answers() {
    let script = Script::new().model(Model::new("m")).model(Model::new("o"));
    let llm = LlmServer::new(script);
    let first = ask(&llm, &chat("a")).await.2["system_fingerprint"].clone();
    assert!(first.as_str().is_some_and(|print| print.starts_with("fp_")));
    for chunk in chunks(&llm, &chat("b")).await {
        assert!(chunk == "[DONE]" || chunk["system_fingerprint"] == first);
    }
    let other = with(chat("a"), json!({ "model": "o" }));
    assert_ne!(ask(&llm, &other).await.2["system_fingerprint"], first);
}

#[tokio::test(start_paused = true)]
async fn a_stream_counts_against_the_limit_until_its_last_byte() {
    let model = Model::new("m").says("a b c").concurrency(1);
    let llm = server(model.malformed(Malformed::SplitUtf8));
    let request = Request::post("/v1/chat/completions")
        .body(Body::from(streaming("go").to_string()))
        .expect("a valid request");
    let response = llm.router().oneshot(request).await.expect("infallible");
    let mut body = response.into_body().into_data_stream();
    let mut all = Vec::new();
    while !all.ends_with(b"data: [DONE]\n\n") {
        assert_eq!(ask(&llm, &chat("other")).await.0, 429);
        all.extend(body.next().await.expect("more").expect("a byte"));
    }
    assert!(body.next().await.is_none());
    assert_eq!(ask(&llm, &chat("other")).await.0, 200);
    assert_eq!(llm.seen().completed, 2);
}

#[tokio::test(start_paused = true)]
async fn embeddings_are_of_at_most_2048_texts() {
    let llm = server(Model::new("m").dimensions(2));
    let request =
        |count: usize| json!({ "model": "m", "input": vec!["a"; count] });
    let (status, _, answer) =
        post(&llm, "/v1/embeddings", &request(2048)).await;
    assert_eq!(status, 200);
    assert_eq!(answer["data"].as_array().map(Vec::len), Some(2048));
    assert_eq!(answer["data"][2047]["index"], 2047);
    assert_eq!(answer["object"], "list");
    let (status, _, answer) =
        post(&llm, "/v1/embeddings", &request(2049)).await;
    assert_eq!(status, 400);
    let error = &answer["error"];
    assert_eq!(error["param"], "input");
    assert_eq!(error["code"], "array_above_max_length");
    let words = error["message"].as_str().expect("words");
    assert!(words.contains("maximum length 2048"), "{words}");
    assert!(words.contains("array with length 2049"), "{words}");
    // An array of numbers is one text, in tokens.
    let tokens = json!({ "model": "m", "input": vec![7; 3000] });
    let (_, _, answer) = post(&llm, "/v1/embeddings", &tokens).await;
    assert_eq!(answer["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn while_many_vectors_are_made_others_have_their_turn() {
    let llm = server(Model::new("m"));
    let request = json!({
        "model": "m",
        "dimensions": 4096,
        "input": vec!["a"; 50],
    });
    let big = post(&llm, "/v1/embeddings", &request);
    let turns = async {
        let mut turns = 0_u32;
        loop {
            tokio::task::yield_now().await;
            turns += 1;
            if llm.seen().completed > 0 {
                return turns;
            }
        }
    };
    let start = Instant::now();
    let ((status, ..), turns) = futures::join!(big, turns);
    assert_eq!(status, 200);
    assert!(turns >= 49, "{turns} turns in {:?}", start.elapsed());
}
