//! What one event says. Services differ, so whatever isn't needed may be
//! missing, null or unknown.

use crate::error::Cause;
use crate::refusal::{Refusal, sentence, tidy};
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
    /// `None` where one is missing: some servers send `{}`, null or zeros,
    /// and a call without a token there is not.
    fn of(usage: &Value) -> Option<Self> {
        let usage = Self {
            prompt_tokens: usage["prompt_tokens"].as_u64()?,
            completion_tokens: usage["completion_tokens"].as_u64()?,
        };
        (usage.prompt_tokens + usage.completion_tokens > 0).then_some(usage)
    }
}

/// What one event says of the answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    /// Some more text; empty if it is about something else.
    pub text: String,
    /// The text is that of a whole message, which may be there already.
    pub is_message: bool,
    /// It tells something, be it of what a model thinks: it is no ping.
    pub tells: bool,
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
        let chunk = object(event)?;
        let choice = choice(&chunk["choices"])?;
        if is_something(&choice["error"]) {
            return Err(Refusal::in_answer(choice).into());
        }
        // Under a name of its own, a sentence may be about anything.
        let says = event.is_usual() && Self::says_error(&chunk);
        if event.is_error() || says || names_error(&chunk) {
            return Err(Refusal::in_answer(&chunk).into());
        }
        let of_choice = |name| Some(&choice[name]).filter(|it| !it.is_null());
        // What is streamed is a `delta`, the whole at once a `message`; and
        // some know only the `text` of an older API.
        let delta = of_choice("delta");
        let message = of_choice("message").filter(|_| delta.is_none());
        let says = delta.or(message).unwrap_or(&Value::Null);
        let content = of_choice("text").filter(|_| says.is_null());
        let (finish, usage) = (finish(&choice["finish_reason"]), usage(&chunk));
        Ok(Self {
            text: text(content.unwrap_or(&says["content"]))?,
            refusal: text(&says["refusal"])?,
            is_message: message.is_some() && finish.is_some(),
            tells: content.is_some() || tells(says) || finish.is_some(),
            finish,
            gives_reasons: choice.get("finish_reason").is_some(),
            usage,
        })
    }

    /// With an `error` at its top, or as one that has no such word, as
    /// `{"type": "error", ..}` or `{"message": ..}`.
    pub fn says_error(json: &Value) -> bool {
        let json = json.get(0).unwrap_or(json);
        let bare = json["choices"].is_null() && sentence(json).is_some();
        bare || names_error(json)
    }
}
// ANCHOR_END: chunk

fn object(event: &Event) -> Result<Value, Cause> {
    match serde_json::from_str::<Value>(event.said()) {
        Ok(chunk) if chunk.is_object() => Ok(chunk),
        // A list of errors, as Google's servers send it.
        Ok(list) if Chunk::says_error(&list) => {
            Err(Refusal::in_answer(&list).into())
        }
        // Even if it is only a word.
        _ if event.is_error() => {
            let said = Value::String(event.data.clone());
            Err(Refusal::in_answer(&said).into())
        }
        Ok(other) => Err(garbled("not an object", &other)),
        Err(error) => Err(unparsed(event.said(), &error)),
    }
}

/// As many commas as an event may have: each may stand for a value that takes
/// a hundred times as much memory as it has bytes.
const MOST: usize = 100_000;

fn names_error(json: &Value) -> bool {
    let is = ["type", "object", "status"].map(|name| json[name] == "error");
    let has = ["error", "errors"].map(|name| is_something(&json[name]));
    is.contains(&true) || has.contains(&true)
}

/// Some write `"error": 0` or `{}` where there is none.
fn is_something(error: &Value) -> bool {
    match error {
        Value::Null => false,
        Value::Bool(is) => *is,
        Value::Number(code) => code.as_i64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

/// Whether a delta has more than a role in it.
fn tells(delta: &Value) -> bool {
    let mut fields = delta.as_object().into_iter().flatten();
    fields.any(|(name, value)| name != "role" && is_something(value))
}

/// Where it is, by OpenAI, Moonshot or Groq.
fn usage(chunk: &Value) -> Option<Usage> {
    let places = ["/usage", "/choices/0/usage", "/x_groq/usage"];
    places.iter().find_map(|at| Usage::of(chunk.pointer(at)?))
}

/// Words where JSON was expected are the server's own, about a failure.
fn unparsed(data: &str, error: &serde_json::Error) -> Cause {
    match Refusal::in_words(data) {
        Some(refusal) if !data.starts_with('{') => refusal.into(),
        _ => Cause::Garbled(tidy(&format!("{error} in {data}"))),
    }
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
        Value::Array(parts) => Ok(parts.iter().filter_map(part).collect()),
        other => match part(other) {
            Some(text) => Ok(text.to_owned()),
            None => Err(garbled("content that is no text", other)),
        },
    }
}

fn part(part: &Value) -> Option<&str> {
    match part["type"].as_str() {
        None | Some("text" | "output_text") => {
            part.as_str().or_else(|| part["text"].as_str())
        }
        Some(_) => None,
    }
}

/// Some send an empty one until there is one.
fn finish(reason: &Value) -> Option<String> {
    let reason = reason.as_str()?;
    (!matches!(reason, "" | "null")).then(|| reason.to_owned())
}

fn garbled(what: &str, value: &Value) -> Cause {
    Cause::Garbled(tidy(&format!("{what}: {value}")))
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
            r#"{"choices":[],"prompt_filter_results":[]}"#,
            r#"{"type":"ping"}"#,
            "{}",
        ] {
            assert_eq!(of(data), Ok(Chunk::default()), "{data}");
        }
        let thinks = r#"{"choices":[{"delta":{"reasoning_content":"hm"}}]}"#;
        let tells = Chunk {
            tells: true,
            ..Chunk::default()
        };
        assert_eq!(of(thinks), Ok(tells));
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
