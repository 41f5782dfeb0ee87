//! What one event says. Services differ, so whatever isn't needed may be
//! missing, null or unknown.

use crate::error::Cause;
use crate::refusal::Refusal;
use crate::sse::Event;
use serde_json::Value;

/// What an answer has cost, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Tokens that were read.
    pub prompt_tokens: u64,
    /// Tokens that were written.
    pub completion_tokens: u64,
}

impl Usage {
    /// `None` where one is missing: some servers send `{}` or null.
    fn of(usage: &Value) -> Option<Self> {
        Some(Self {
            prompt_tokens: usage["prompt_tokens"].as_u64()?,
            completion_tokens: usage["completion_tokens"].as_u64()?,
        })
    }
}

/// What one event says of the answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// Some more text; empty if it is about something else.
    pub text: String,
    /// Some more of the model's refusal.
    pub refusal: String,
    /// Why the answer ends here.
    pub finish: Option<String>,
    /// Whether it has a place for such a reason, be it empty.
    pub gives_reasons: bool,
    /// What it has cost.
    pub usage: Option<Usage>,
}

// ANCHOR: chunk
impl Chunk {
    /// The chunk that `event` is; or the failure that the server tells of in
    /// it, by its name, at its top or in the choice itself.
    pub fn of(event: &Event) -> Result<Self, Cause> {
        let commas = event.data.bytes().filter(|byte| *byte == b',').count();
        if commas > MOST {
            return Err(Cause::TooLarge("the structure of an event", MOST));
        }
        let parsed: Result<Value, _> = serde_json::from_str(&event.data);
        let named = event.name == "error";
        let chunk = match parsed {
            Ok(chunk) if chunk.is_object() => chunk,
            // A list of errors, as Google's servers send it.
            Ok(list) if Self::says_error(&list) => {
                return Err(Refusal::in_answer(&list).into());
            }
            // Even if it is only a word.
            _ if named => {
                let said = Value::String(event.data.clone());
                return Err(Refusal::in_answer(&said).into());
            }
            Ok(other) => return Err(garbled("not an object", &other)),
            Err(error) => return Err(Cause::Garbled(error.to_string())),
        };
        let choice = choice(&chunk["choices"])?;
        if is_something(&choice["error"]) {
            return Err(Refusal::in_answer(choice).into());
        }
        if named || Self::says_error(&chunk) {
            return Err(Refusal::in_answer(&chunk).into());
        }
        // What is streamed is a `delta`, the whole at once a `message`.
        let delta = match &choice["delta"] {
            Value::Null => &choice["message"],
            delta => delta,
        };
        Ok(Self {
            text: text(&delta["content"])?,
            refusal: text(&delta["refusal"])?,
            finish: finish(&choice["finish_reason"]),
            gives_reasons: choice.get("finish_reason").is_some(),
            usage: Usage::of(&chunk["usage"]),
        })
    }

    /// With an `error` at its top, or as one that has no such word:
    /// `{"type": "error", ..}`, `{"message": ..}`.
    pub fn says_error(json: &Value) -> bool {
        let json = json.get(0).unwrap_or(json);
        let is = |name| json[name] == "error";
        let says = json["message"].is_string() || json["detail"].is_string();
        let bare = says && json["choices"].is_null();
        is_something(&json["error"]) || is("type") || is("object") || bare
    }
}
// ANCHOR_END: chunk

/// As many commas as an event may have: each may stand for a value that takes
/// a hundred times as much memory as it has bytes.
const MOST: usize = 100_000;

fn is_something(error: &Value) -> bool {
    !matches!(error, Value::Null | Value::Bool(false)) && error != ""
}

/// The first of the choices, by its number: they come in any order. Null if
/// this chunk has none, as the one with the usage.
fn choice(choices: &Value) -> Result<&Value, Cause> {
    match choices {
        Value::Null => Ok(&Value::Null),
        Value::Array(choices) => {
            let first =
                |choice: &&Value| choice["index"].as_u64().unwrap_or(0) == 0;
            Ok(choices.iter().find(first).unwrap_or(&Value::Null))
        }
        other => Err(garbled("choices that are no list", other)),
    }
}

/// Text is a string, or a list of parts of which some are text. What a model
/// thinks in other parts is no answer.
fn text(content: &Value) -> Result<String, Cause> {
    match content {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Array(parts) => {
            let text = parts.iter().filter(|part| part["type"] == "text");
            Ok(text.filter_map(|part| part["text"].as_str()).collect())
        }
        other => Err(garbled("content that is no text", other)),
    }
}

/// Some send an empty one until there is one.
fn finish(reason: &Value) -> Option<String> {
    let reason = reason.as_str()?;
    (!matches!(reason, "" | "null")).then(|| reason.to_owned())
}

fn garbled(what: &str, value: &Value) -> Cause {
    let shown: String = value.to_string().chars().take(80).collect();
    Cause::Garbled(format!("{what}: {shown}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(data: &str) -> Result<Chunk, Cause> {
        Chunk::of(&Event {
            name: String::new(),
            data: data.to_owned(),
        })
    }

    fn text(data: &str) -> String {
        of(data).expect("a chunk").text
    }

    #[test]
    fn text_comes_in_several_forms() {
        for data in [
            r#"{"choices":[{"delta":{"content":"a"}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"a","new":1}}]}"#,
            r#"{"choices":[{"index":1},{"index":0,"delta":{"content":"a"}}]}"#,
            r#"{"choices":[{"message":{"content":"a"}}]}"#,
            r#"{"choices":[{"delta":{"content":[
                {"type":"thinking","thinking":[]},
                {"type":"text","text":"a"}]}}]}"#,
            r#"{"error":null,"choices":[{"delta":{"content":"a"}}]}"#,
        ] {
            assert_eq!(text(data), "a", "{data}");
        }
    }

    #[test]
    fn a_chunk_may_have_no_text() {
        for data in [
            r#"{"choices":[]}"#,
            r#"{"choices":null}"#,
            r#"{"choices":[{}]}"#,
            r#"{"choices":[{"delta":null}]}"#,
            r#"{"choices":[{"delta":{"role":"assistant","content":null}}]}"#,
            r#"{"choices":[{"delta":{"reasoning_content":"hm"}}]}"#,
            r#"{"choices":[],"prompt_filter_results":[]}"#,
            r#"{"type":"ping"}"#,
            "{}",
        ] {
            assert_eq!(of(data), Ok(Chunk::default()), "{data}");
        }
    }

    #[test]
    fn usage_is_there_or_not() {
        let usage = |usage: &str| {
            let data = format!(r#"{{"choices":[],"usage":{usage}}}"#);
            of(&data).expect("a chunk").usage
        };
        let whole = r#"{"prompt_tokens":1,"completion_tokens":2,"more":3}"#;
        let expected = Usage {
            prompt_tokens: 1,
            completion_tokens: 2,
        };
        assert_eq!(usage(whole), Some(expected));
        for none in ["null", "{}", "[]", r#"{"prompt_tokens":1}"#] {
            assert_eq!(usage(none), None, "{none}");
        }
    }

    #[test]
    fn an_error_is_found_wherever_it_is() {
        for data in [
            r#"{"error":{"message":"overloaded","code":500}}"#,
            r#"{"error":"overloaded"}"#,
            r#"{"error":{"message":"overloaded"},"choices":[{"delta":{},
                "finish_reason":"error"}]}"#,
            r#"{"choices":[{"error":{"message":"overloaded"}}]}"#,
            r#"{"object":"error","message":"overloaded"}"#,
            r#"{"type":"error","error":{"message":"overloaded"}}"#,
            r#"{"status":503,"message":"overloaded"}"#,
            r#"{"detail":"overloaded"}"#,
            r#"[{"error":{"code":503,"message":"overloaded"}}]"#,
        ] {
            let Err(Cause::Refused(refusal)) = of(data) else {
                panic!("{data} is an error");
            };
            assert_eq!(refusal.message, "overloaded", "{data}");
        }
        let named = Event {
            name: "error".into(),
            data: "overloaded".into(),
        };
        assert!(matches!(Chunk::of(&named), Err(Cause::Refused(_))));
    }

    /// Parsed, this would take a hundred times its size.
    #[test]
    fn an_event_has_a_limit_on_its_structure() {
        let data = format!("{{{}\"\":0}}", "\"\":0,".repeat(MOST + 1));
        assert!(matches!(of(&data), Err(Cause::TooLarge(..))));
    }

    #[test]
    fn what_is_no_chunk_is_garbled() {
        for data in [
            "{",
            "null",
            "[]",
            "7",
            "word",
            r#"{"choices":7}"#,
            r#"{"choices":[{"delta":{"content":7}}]}"#,
        ] {
            assert!(matches!(of(data), Err(Cause::Garbled(_))), "{data}");
        }
    }

    #[test]
    fn an_empty_reason_is_none() {
        let finish = |reason: &str| {
            let data =
                format!(r#"{{"choices":[{{"finish_reason":{reason}}}]}}"#);
            of(&data).expect("a chunk").finish
        };
        assert_eq!(finish(r#""stop""#), Some("stop".into()));
        assert_eq!(finish(r#""""#), None);
        assert_eq!(finish(r#""null""#), None);
        assert_eq!(finish("null"), None);
    }
}
