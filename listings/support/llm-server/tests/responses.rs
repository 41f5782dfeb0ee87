//! `POST /v1/responses`, plain and streamed: through the router, on the paused
//! clock.

mod common;

use common::{events, ms, post, send, server, with};
use llm_server::{Failure, LlmServer, Model, Turn};
use serde_json::{Value, json};
use tokio::time::Instant;

const PATH: &str = "/v1/responses";

fn request(input: impl Into<Value>) -> Value {
    let input = input.into();
    json!({ "model": "m", "input": input })
}

async fn ask(llm: &LlmServer, request: &Value) -> Value {
    let (status, _, answer) = post(llm, PATH, request).await;
    assert_eq!(status, 200, "{answer}");
    answer
}

/// What is wrong with it: its parameter and its code.
async fn blamed(request: &Value) -> (Value, Value) {
    let llm = server(Model::new("m"));
    let (status, _, answer) = post(&llm, PATH, request).await;
    assert_eq!(status, 400, "{request}: {answer}");
    let error = &answer["error"];
    assert_eq!(error["type"], "invalid_request_error", "{answer}");
    (error["param"].clone(), error["code"].clone())
}

#[tokio::test(start_paused = true)]
async fn a_response_says_what_a_completion_would() {
    let llm = server(Model::new("m").says("one two").first_token(ms(300)));
    let start = Instant::now();
    let answer = ask(&llm, &request("Count")).await;
    assert_eq!(start.elapsed(), ms(300));
    assert_eq!(answer["object"], "response");
    assert_eq!(answer["status"], "completed");
    assert_eq!(answer["incomplete_details"], Value::Null);
    let message = &answer["output"][0];
    assert_eq!(message["type"], "message");
    assert_eq!(message["content"][0]["type"], "output_text");
    assert_eq!(message["content"][0]["text"], "one two");
    assert_eq!(answer["usage"]["input_tokens"], 2);
    assert_eq!(answer["usage"]["output_tokens"], 2);
    assert_eq!(llm.seen().completed, 1);
}

#[tokio::test(start_paused = true)]
async fn the_input_is_a_text_or_items_and_instructions_come_first() {
    let llm = server(Model::new("m").turn_by(|request| {
        let said = request.messages.iter();
        let said = said.map(|m| format!("{}: {}", m.role, m.content));
        Turn::says(said.collect::<Vec<_>>().join("; "))
    }));
    let items = json!([
        { "role": "user", "content": "a" },
        { "type": "message", "role": "assistant", "content": [
            { "type": "output_text", "text": "b" },
        ]},
        { "role": "user", "content": [
            { "type": "input_text", "text": "c" },
            { "type": "input_text", "text": "d" },
        ]},
    ]);
    for (input, heard) in [
        (json!("a"), "developer: Be brief.; user: a"),
        (
            items,
            "developer: Be brief.; user: a; assistant: b; user: cd",
        ),
    ] {
        let request = request(input);
        let request = with(request, json!({ "instructions": "Be brief." }));
        let answer = ask(&llm, &request).await;
        assert_eq!(answer["output"][0]["content"][0]["text"], heard);
        assert_eq!(answer["instructions"], "Be brief.");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_tells_each_step_by_name_and_number() {
    let llm = server(Model::new("m").says("one two"));
    let body = with(request("go"), json!({ "stream": true }));
    let (_, _, bytes) = send(&llm, "POST", PATH, body.to_string()).await;
    let text = String::from_utf8(bytes).expect("UTF-8");
    let mut names = Vec::new();
    let mut all = Vec::new();
    for event in text.split_terminator("\n\n") {
        let (name, data) = event.split_once('\n').expect("two lines");
        let data = data.strip_prefix("data: ").expect("data");
        let data: Value = serde_json::from_str(data).expect("JSON");
        let name = name.strip_prefix("event: ").expect("a name");
        assert_eq!(data["type"], name);
        assert_eq!(data["sequence_number"], names.len());
        names.push(name);
        all.push(data);
    }
    assert_eq!(
        names,
        [
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed",
        ]
    );
    assert_eq!(all[0]["response"]["status"], "in_progress");
    assert_eq!(all[2]["item"]["content"], json!([]));
    assert_eq!(all[5]["delta"], " two");
    assert_eq!(all[6]["text"], "one two");
    let id = &all[2]["item"]["id"];
    assert!(all[3..8].iter().all(|event| event["item_id"] == *id));
    assert_eq!(all[8]["item"]["status"], "completed");
    let whole = &all[9]["response"];
    assert_eq!(whole["output"], json!([all[8]["item"]]));
    assert_eq!(whole["id"], all[0]["response"]["id"]);
    assert_eq!(whole["usage"]["output_tokens"], 2);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_cut_off_is_incomplete_and_says_why() {
    let many = "word ".repeat(20);
    let long = server(Model::new("m").says(many.trim_end()));
    let filtered = Turn::says("a").finish_reason("content_filter");
    let filtered = server(Model::new("m").turn(filtered));
    let most = json!({ "max_output_tokens": 16 });
    for (llm, reason) in
        [(&long, "max_output_tokens"), (&filtered, "content_filter")]
    {
        let request = with(request("go"), most.clone());
        let answer = ask(llm, &request).await;
        assert_eq!(answer["status"], "incomplete");
        assert_eq!(answer["incomplete_details"]["reason"], reason);
        assert_eq!(answer["output"][0]["status"], "incomplete");
        assert_eq!(answer["max_output_tokens"], 16);
        let streamed = events(llm, PATH, &request).await;
        let last = streamed.last().expect("an end");
        assert_eq!(last["type"], "response.incomplete");
        let details = &last["response"]["incomplete_details"];
        assert_eq!(details["reason"], reason);
    }
}

#[tokio::test(start_paused = true)]
async fn tools_are_items_of_their_own() {
    let turn = Turn::says("Sunny.")
        .and_calls("weather", r#"{"city": "Paris"}"#)
        .and_calls("clock", "");
    let llm = server(Model::new("m").turn(turn));
    let tools = json!({ "tools": [
        { "type": "function", "name": "weather", "parameters": null },
        { "type": "function", "name": "clock" },
    ]});
    let first = with(request("Paris?"), tools.clone());
    let answer = ask(&llm, &first).await;
    let calls = answer["output"].as_array().expect("items").clone();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0]["type"], "function_call");
    assert_eq!(calls[0]["arguments"], r#"{"city": "Paris"}"#);
    let streamed = events(&llm, PATH, &first).await;
    let of = |name: &str| {
        let name = format!("response.{name}");
        streamed.iter().filter(move |e| e["type"] == name.as_str())
    };
    let deltas = of("function_call_arguments.delta");
    let deltas: String =
        deltas.filter_map(|event| event["delta"].as_str()).collect();
    assert_eq!(deltas, r#"{"city": "Paris"}"#);
    assert_eq!(of("function_call_arguments.done").count(), 2);
    assert_eq!(of("output_item.done").count(), 2);
    assert_eq!(of("content_part.added").count(), 0);
    // The calls go back as they came, each with its answer.
    let mut input = vec![json!({ "role": "user", "content": "Paris?" })];
    input.extend(calls.iter().cloned());
    let open = with(first.clone(), json!({ "input": input }));
    assert_eq!(blamed(&open).await, (json!("input"), Value::Null));
    for call in &calls {
        input.push(json!({
            "type": "function_call_output",
            "call_id": call["call_id"],
            "output": "21",
        }));
    }
    let answer = ask(&llm, &with(first, json!({ "input": input }))).await;
    assert_eq!(answer["output"][0]["content"][0]["text"], "Sunny.");
    let orphan = request(json!([{
        "type": "function_call_output", "call_id": "c", "output": "21",
    }]));
    assert_eq!(blamed(&orphan).await, (json!("input"), Value::Null));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_a_part_of_its_own() {
    let llm = server(Model::new("m").turn(Turn::refuses("Not that.")));
    let answer = ask(&llm, &request("go")).await;
    let part = &answer["output"][0]["content"][0];
    assert_eq!(part["type"], "refusal");
    assert_eq!(part["refusal"], "Not that.");
    let streamed = events(&llm, PATH, &request("go")).await;
    let done = |e: &&Value| e["type"] == "response.refusal.done";
    let done = streamed.iter().find(done).expect("it is told");
    assert_eq!(done["refusal"], "Not that.");
}

#[tokio::test(start_paused = true)]
async fn an_error_in_the_middle_fails_the_response() {
    let llm = server(Model::new("m").says("a b c").errors_after(2));
    let streamed = events(&llm, PATH, &request("go")).await;
    let last = streamed.last().expect("an end");
    assert_eq!(last["type"], "response.failed");
    assert_eq!(last["response"]["status"], "failed");
    assert_eq!(last["response"]["error"]["code"], "server_error");
    let (status, ..) = post(&llm, PATH, &request("go")).await;
    assert_eq!(status, 500);
}

#[tokio::test(start_paused = true)]
async fn limits_and_failures_are_the_model_s() {
    let llm = server(Model::new("m").fails(1, Failure::Overloaded(None)));
    assert_eq!(post(&llm, PATH, &request("go")).await.0, 503);
    assert_eq!(post(&llm, PATH, &request("go")).await.0, 200);
    let nobody = with(request("go"), json!({ "model": "x" }));
    let (status, _, answer) = post(&llm, PATH, &nobody).await;
    assert_eq!(status, 404);
    assert_eq!(answer["error"]["code"], "model_not_found");
}

#[tokio::test(start_paused = true)]
async fn json_is_said_where_the_text_has_a_format() {
    let llm = server(Model::new("m").says("Emma"));
    let format = json!({ "text": { "format": {
        "type": "json_schema",
        "name": "a",
        "schema": {
            "type": "object", "properties": { "title": { "type": "string" } },
        },
    }}});
    let answer = ask(&llm, &with(request("go"), format.clone())).await;
    let text = &answer["output"][0]["content"][0]["text"];
    assert_eq!(text, r#"{"title":"Emma"}"#);
    assert_eq!(answer["text"], format["text"]);
    let object = json!({ "text": { "format": { "type": "json_object" } } });
    let blame = blamed(&with(request("go"), object)).await;
    assert_eq!(blame, (json!("input"), Value::Null));
}

#[tokio::test(start_paused = true)]
async fn each_token_tells_how_likely_it_was_where_that_is_included() {
    let llm = server(Model::new("m").says("a b"));
    let more = json!({
        "include": ["message.output_text.logprobs"], "top_logprobs": 1,
    });
    let request = with(request("go"), more);
    let answer = ask(&llm, &request).await;
    let told = &answer["output"][0]["content"][0]["logprobs"];
    assert_eq!(told.as_array().map(Vec::len), Some(2));
    let streamed = events(&llm, PATH, &request).await;
    let delta = |e: &&Value| e["type"] == "response.output_text.delta";
    let delta = streamed.iter().find(delta).expect("a token");
    assert_eq!(delta["logprobs"][0], told[0]);
}

#[tokio::test(start_paused = true)]
async fn what_can_t_be_is_named() {
    for (more, param, code) in [
        (
            json!({ "input": null }),
            "input",
            "missing_required_parameter",
        ),
        (json!({ "input": [] }), "input", "empty_array"),
        (json!({ "input": 7 }), "input", "invalid_type"),
        (
            json!({ "input": [{ "role": "x" }] }),
            "input[0].role",
            "invalid_value",
        ),
        (
            json!({ "input": [{ "role": "user" }] }),
            "input[0].content",
            "missing_required_parameter",
        ),
        (
            json!({ "input": [{ "type": "reasoning" }] }),
            "input[0].type",
            "invalid_value",
        ),
        (json!({ "stream": "yes" }), "stream", "invalid_type"),
        (
            json!({ "max_output_tokens": 15 }),
            "max_output_tokens",
            "integer_below_min_value",
        ),
        (json!({ "messages": [] }), "messages", "unknown_parameter"),
        (json!({ "n": 2 }), "n", "unknown_parameter"),
        (
            json!({ "previous_response_id": "resp_1" }),
            "previous_response_id",
            "previous_response_not_found",
        ),
        (
            json!({ "background": true }),
            "background",
            "unsupported_parameter",
        ),
        (
            json!({ "reasoning": { "effort": "low" } }),
            "reasoning",
            "unsupported_parameter",
        ),
        (
            json!({ "tools": [{ "type": "web_search" }] }),
            "tools[0].type",
            "invalid_value",
        ),
        (
            json!({ "include": ["file_search_call.results"] }),
            "include[0]",
            "invalid_value",
        ),
    ] {
        let blame = blamed(&with(request("go"), more.clone())).await;
        assert_eq!(blame, (json!(param), json!(code)), "{more}");
    }
}
