//! What a request for a completion may be, and what is said of others.

use super::*;

/// A request that is good, up to its closing brace.
const GOOD: &str =
    r#"{"model":"m","messages":[{"role":"user","content":"a json"}]"#;

/// The parameter and the code of what is wrong with it.
fn blamed(body: &str) -> (Option<String>, Option<&'static str>) {
    let error = ChatRequest::parse(body.as_bytes()).expect_err(body);
    assert_eq!(error.status, StatusCode::BAD_REQUEST, "{body}");
    assert_eq!(error.kind, "invalid_request_error", "{body}");
    (error.param, error.code)
}

fn with(field: &str) -> ChatRequest {
    let body = format!("{GOOD},{field}}}");
    ChatRequest::parse(body.as_bytes()).expect(field)
}

#[test]
fn what_a_request_lacks_is_named() {
    assert!(ChatRequest::parse(format!("{GOOD}}}").as_bytes()).is_ok());
    for (body, param) in [
        ("{}", Some("model")),
        (r#"{"model":7}"#, Some("model")),
        (r#"{"model":"m"}"#, Some("messages")),
        (r#"{"model":"m","messages":[]}"#, Some("messages")),
        (
            r#"{"model":"m","messages":[{"role":"x"}]}"#,
            Some("messages[0].role"),
        ),
        (
            r#"{"model":"m","messages":[{"role":"user"}]}"#,
            Some("messages[0].content"),
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":[
                {"type":"image_url"}]}]}"#,
            Some("messages[0].content[0].type"),
        ),
        ("[]", None),
        ("{", None),
        ("\u{fffd}", None),
    ] {
        assert_eq!(blamed(body).0.as_deref(), param, "{body}");
    }
}

/// Fields that are wrong, the parameter that is blamed, and the code.
const WRONG: &[(&str, &str, &str)] = &[
    (
        r#""temperature":2.1"#,
        "temperature",
        "decimal_above_max_value",
    ),
    (
        r#""temperature":-1"#,
        "temperature",
        "decimal_below_min_value",
    ),
    (r#""temperature":"hot""#, "temperature", "invalid_type"),
    (r#""max_tokens":0"#, "max_tokens", "integer_below_min_value"),
    (r#""max_tokens":1.5"#, "max_tokens", "invalid_type"),
    (r#""max_tokens":1e300"#, "max_tokens", "invalid_type"),
    (
        r#""max_completion_tokens":99999999"#,
        "max_completion_tokens",
        "integer_above_max_value",
    ),
    (
        r#""max_tokens":1,"max_completion_tokens":1"#,
        "max_tokens",
        "invalid_parameter_combination",
    ),
    (r#""n":0"#, "n", "integer_below_min_value"),
    (r#""n":129"#, "n", "integer_above_max_value"),
    (r#""top_p":2"#, "top_p", "decimal_above_max_value"),
    (r#""stream":"yes""#, "stream", "invalid_type"),
    (r#""seed":1.5"#, "seed", "invalid_type"),
    (r#""user":7"#, "user", "invalid_type"),
    (r#""stop":7"#, "stop", "invalid_type"),
    (r#""stop":["a",7]"#, "stop[1]", "invalid_type"),
    (
        r#""stop":["a","b","c","d","e"]"#,
        "stop",
        "array_above_max_length",
    ),
    (r#""logprobs":1"#, "logprobs", "invalid_type"),
    (
        r#""logprobs":true,"top_logprobs":21"#,
        "top_logprobs",
        "integer_above_max_value",
    ),
    (
        r#""logit_bias":{"1":1}"#,
        "logit_bias",
        "unsupported_parameter",
    ),
    (
        r#""modalities":["audio"]"#,
        "modalities[0]",
        "invalid_value",
    ),
    (r#""metadata":{"a":1}"#, "metadata.a", "invalid_type"),
    (r#""service_tier":"best""#, "service_tier", "invalid_value"),
    (
        r#""response_format":{"type":"xml"}"#,
        "response_format.type",
        "invalid_value",
    ),
    (
        r#""response_format":{"type":"json_schema"}"#,
        "response_format.json_schema",
        "missing_required_parameter",
    ),
    (
        r#""tools":[{"type":"function"}]"#,
        "tools[0].function",
        "missing_required_parameter",
    ),
    (
        r#""tools":[{"type":"function","function":{"name":"a b"}}]"#,
        "tools[0].function.name",
        "invalid_value",
    ),
    (
        r#""tools":[{"type":"function","function":{"name":"a"}}],
            "tool_choice":"maybe""#,
        "tool_choice",
        "invalid_value",
    ),
    (
        r#""stream":true,"stream_options":{"usage":true}"#,
        "stream_options.usage",
        "unknown_parameter",
    ),
];

#[test]
fn a_field_that_can_t_be_so_is_named() {
    for (field, param, code) in WRONG {
        let (named, told) = blamed(&format!("{GOOD},{field}}}"));
        assert_eq!(named.as_deref(), Some(*param), "{field}");
        assert_eq!(told, Some(*code), "{field}");
    }
}

#[test]
fn what_goes_with_nothing_else_is_named_without_a_code() {
    let calls = r#"{"role":"assistant","tool_calls":[
        {"id":"c1","type":"function","function":{"name":"a","arguments":""}}
    ]}"#;
    let tools = r#""tools":[{"type":"function","function":{"name":"a"}}]"#;
    let last =
        |messages: &str| format!(r#"{{"model":"m","messages":[{messages}]}}"#);
    for (body, param) in [
        (
            format!(r#"{GOOD},"stream_options":{{}}}}"#),
            Some("stream_options"),
        ),
        (
            format!(r#"{GOOD},"top_logprobs":2}}"#),
            Some("top_logprobs"),
        ),
        (
            format!(r#"{GOOD},"tool_choice":"auto"}}"#),
            Some("tool_choice"),
        ),
        (
            format!(r#"{GOOD},"parallel_tool_calls":true}}"#),
            Some("parallel_tool_calls"),
        ),
        (
            format!(
                r#"{GOOD},{tools},"tool_choice":{{"type":"function",
                "function":{{"name":"b"}}}}}}"#
            ),
            Some("tool_choice"),
        ),
        (
            r#"{"model":"m","messages":[{"role":"user","content":"a"}],
            "response_format":{"type":"json_object"}}"#
                .to_owned(),
            Some("messages"),
        ),
        (last(calls), Some("messages")),
        (
            last(r#"{"role":"tool","tool_call_id":"c1","content":"a"}"#),
            Some("messages.[0].role"),
        ),
        (format!(r#"{GOOD},"tempreature":1}}"#), None),
        (format!(r#"{GOOD},"reasoning_effort":"low"}}"#), None),
    ] {
        let (named, code) = blamed(&body);
        assert_eq!((named.as_deref(), code), (param, None), "{body}");
    }
}

#[test]
fn a_schema_that_is_strict_closes_its_objects_and_requires_their_fields() {
    let request = |schema: &str| {
        let body = format!(
            r#"{GOOD},"response_format":{{"type":"json_schema",
            "json_schema":{{"name":"a","strict":true,"schema":{schema}}}}}}}"#
        );
        ChatRequest::parse(body.as_bytes()).map_err(|e| e.message)
    };
    let inner = r#"{"type":"object","properties":{"b":{"type":"string"}}}"#;
    let open = format!(
        r#"{{"type":"object","required":["a"],"additionalProperties":false,
        "properties":{{"a":{inner}}}}}"#
    );
    let said = request(&open).expect_err("it is open");
    assert!(
        said.contains("context=(a), 'additionalProperties'"),
        "{said}"
    );
    let said = request(r#"{"type":"array"}"#).expect_err("no object");
    assert!(said.contains("got 'type: \"array\"'"), "{said}");
    let lax = r#"{"type":"object","additionalProperties":false,
        "properties":{"a":{"type":"string"}}}"#;
    let said = request(lax).expect_err("a is not required");
    assert!(said.contains("Missing 'a'"), "{said}");
    let good = lax.replace("false,", r#"false,"required":["a"],"#);
    assert!(request(&good).is_ok());
}

#[test]
fn what_is_null_is_absent_and_the_rest_is_read() {
    let plain = with(r#""user":null"#);
    for field in [
        "stream",
        "n",
        "stop",
        "tools",
        "tool_choice",
        "seed",
        "temperature",
        "top_p",
        "response_format",
        "logprobs",
        "top_logprobs",
        "stream_options",
        "max_tokens",
        "metadata",
        "logit_bias",
        "audio",
        "modalities",
    ] {
        assert_eq!(with(&format!(r#""{field}":null"#)), plain, "{field}");
    }
    let asked = with(
        r#""n":128,"stop":"a","seed":-7,"user":"u","logprobs":true,
        "top_logprobs":20,"top_p":0.5,"tools":[{"type":"function",
        "function":{"name":"f"}}],"tool_choice":"required",
        "parallel_tool_calls":false"#,
    );
    assert_eq!((asked.n, asked.stop), (128, vec!["a".to_owned()]));
    assert_eq!((asked.seed, asked.top_logprobs), (Some(-7), Some(20)));
    assert_eq!(asked.user.as_deref(), Some("u"));
    assert_eq!(asked.tools[0].name, "f");
    assert_eq!(asked.tool_choice, ToolChoice::Required);
    assert!(!asked.parallel_tool_calls);
}
