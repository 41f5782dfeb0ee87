//! What a provider says when it won't answer: by a status, or by an event in
//! the middle of an answer.

use crate::retry_after::{LONGEST, retry_after};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// A refusal, in the provider's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status, if it came by one, or if the event names one.
    pub status: Option<u16>,
    /// What it means for the caller.
    pub kind: RefusalKind,
    /// The provider's word for the reason, `insufficient_quota` say; empty if
    /// there is none.
    pub code: String,
    /// The provider's sentence; empty if there is none.
    pub message: String,
    /// How long to stay away.
    pub retry_after: Option<Duration>,
}

/// What a refusal means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// Too many requests or tokens for now.
    Busy,
    /// The server's own fault, or a conflict that passes.
    Failing,
    /// The account is empty: as permanent as a wrong key.
    NoCredit,
    /// The key was refused.
    Key,
    /// The prompt and its answer have no room in the model.
    TooLong,
    /// Something about this request; it will be refused again.
    Request,
}

// ANCHOR: kinds
impl RefusalKind {
    /// The one place where statuses and codes are judged.
    fn of(status: Option<u16>, code: &str, message: &str) -> Self {
        let said = format!("{code} {message}").to_ascii_lowercase();
        let says =
            |words: &[&str]| words.iter().any(|word| said.contains(word));
        match status {
            // The words count more than the status: no credit is a 429 here,
            // a 402 or a 400 there.
            Some(402) => Self::NoCredit,
            _ if says(NO_CREDIT) => Self::NoCredit,
            // OpenRouter, about what was asked and not about who asks.
            Some(403) if says(&["moderation", "flagged"]) => Self::Request,
            Some(401 | 403) => Self::Key,
            Some(413) => Self::TooLong,
            Some(429) => Self::Busy,
            // 498 is Groq's word for a lack of capacity.
            // And 499 is one for a connection that was closed further up.
            Some(408 | 409 | 424 | 425 | 498 | 499 | 500..) => Self::Failing,
            _ if says(TOO_LONG) => Self::TooLong,
            None if says(FULL) => Self::Busy,
            None if says(PASSING) => Self::Failing,
            _ => Self::Request,
        }
    }
}

const NO_CREDIT: &[&str] = &[
    "insufficient_quota",
    "insufficient quota",
    "insufficient_balance",
    "insufficient balance",
    "insufficient credit",
    "insufficient_credit",
    "balance is insufficient",
    "credit balance is too low",
    "used all available credits",
    "exceeded_current_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "arrearage",
];
const TOO_LONG: &[&str] = &[
    "context_length_exceeded",
    "maximum context length",
    "context window",
    "prompt is too long",
];
/// Of events in mid-answer, which need no status.
const FULL: &[&str] = &[
    "rate_limit",
    "rate limit",
    "ratelimit",
    "too many requests",
    "too_many_requests",
    "throttl",
];
const PASSING: &[&str] = &[
    "overloaded",
    "server_error",
    "internal",
    "capacity",
    "upstream",
    "gateway",
    "connection",
    "out of memory",
    "try again",
    "unavailable",
    "timeout",
    "timed out",
];
// ANCHOR_END: kinds

impl Refusal {
    /// What a response without success means. `body` is its body, or the
    /// beginning of it; one that isn't JSON, as proxies send them, is no
    /// fault.
    #[must_use]
    pub fn of(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let parsed = json_of(body);
        let said = match &parsed {
            Ok(value) => Said::of(value),
            Err(_) => Said::plain(&String::from_utf8_lossy(body)),
        };
        let mut refusal = said.refusal(Some(status.as_u16()));
        refusal.retry_after = retry_after(headers).or(refusal.retry_after);
        // OpenAI's own word on it, which its clients heed.
        let again = headers.get("x-should-retry");
        match (again.map(HeaderValue::as_bytes), refusal.kind) {
            (Some(b"false"), RefusalKind::Busy | RefusalKind::Failing) => {
                refusal.kind = RefusalKind::Request;
            }
            (Some(b"true"), RefusalKind::Request) => {
                refusal.kind = RefusalKind::Failing;
            }
            _ => {}
        }
        refusal
    }

    /// What words in the place of an answer say, if they are known as those of
    /// a failure.
    pub(crate) fn in_words(text: &str) -> Option<Self> {
        let refusal = Said::plain(text).refusal(None);
        (refusal.kind != RefusalKind::Request).then_some(refusal)
    }

    /// What an event says that has failed in mid-answer. The status is the one
    /// that it names.
    pub(crate) fn in_answer(event: &Value) -> Self {
        let said = Said::of(event);
        let status = said.status;
        said.refusal(status)
    }

    /// The same with other words.
    pub(crate) fn saying(self, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { message, ..self }
    }
}

/// What a body says of an error, in any of the forms that are in use.
#[derive(Default)]
struct Said {
    status: Option<u16>,
    code: String,
    message: String,
    retry_after: Option<Duration>,
}

impl Said {
    /// `{"error": {"message", "type", "code"}}`, the same flat, `{"error":
    /// "text"}`, `{"detail": ..}`, or any of these in a list.
    fn of(body: &Value) -> Self {
        if let Some(text) = body.as_str() {
            return Self::plain(text);
        }
        let body = first(body);
        let inner = [&body["error"], &body["errors"]].map(first);
        let inner = inner
            .into_iter()
            .find(|it| it.is_object() || it.is_string());
        let error = inner.filter(|it| it.is_object()).unwrap_or(body);
        let word = |name| error[name].as_str().unwrap_or_default();
        // A code may be a number, and then the type is the word. An error of
        // one word has its sentence beside it, if there is one.
        let text = inner.and_then(Value::as_str).unwrap_or_default();
        let words = [text, word("code"), word("type"), word("status")];
        let code = words.into_iter().find(|word| !word.is_empty());
        let (code, message) = match message(error) {
            none if none.is_empty() && !text.is_empty() => ("", text.into()),
            sentence => (code.unwrap_or_default(), sentence),
        };
        let number = |name| status(&error[name]);
        Self {
            status: number("status").or_else(|| number("code")),
            code: tidy(code),
            message: tidy(&message),
            retry_after: retry_delay(error),
        }
    }

    /// Text that is not JSON. A page is for a browser, and what is compressed
    /// or in UTF-16 for nobody.
    fn plain(text: &str) -> Self {
        let page = text.trim_start().starts_with(['<', '\u{1f}']);
        let none = page || text.contains('\0');
        let message = if none { String::new() } else { tidy(text) };
        Self {
            message,
            ..Self::default()
        }
    }

    fn refusal(self, status: Option<u16>) -> Refusal {
        Refusal {
            status,
            kind: RefusalKind::of(status, &self.code, &self.message),
            code: self.code,
            message: self.message,
            retry_after: self.retry_after,
        }
    }
}

/// A number, or a number in quotes.
fn status(value: &Value) -> Option<u16> {
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    let status = u16::try_from(number).ok()?;
    (400..600).contains(&status).then_some(status)
}

/// JSON, which some servers begin with a byte order mark.
pub fn json_of(body: &[u8]) -> serde_json::Result<Value> {
    let marked = body.strip_prefix("\u{feff}".as_bytes());
    serde_json::from_slice(marked.unwrap_or(body))
}

/// The first of a list, or what is no list.
fn first(value: &Value) -> &Value {
    value.get(0).unwrap_or(value)
}

/// Where services put the sentence of an error.
const SENTENCES: &[&str] = &[
    "/message",
    "/msg",
    "/detail",
    "/error_description",
    "/error_message",
    "/error_msg",
    "/Message",
    "/message/0",
    "/message/text",
    "/message/detail",
    "/detail/message",
    "/error/message",
    "/detail/error",
    "/base_resp/status_msg",
    "/fault/faultstring",
];

/// What `error` says in a sentence of its own.
pub fn sentence(error: &Value) -> Option<&str> {
    let texts = SENTENCES
        .iter()
        .filter_map(|at| error.pointer(at)?.as_str());
    texts.into_iter().find(|text| !text.is_empty())
}

/// Its sentence, and behind it that of the service further up, which `OpenRouter`
/// passes on; of a list of faults the first, with the field that has it.
fn message(error: &Value) -> String {
    let beyond = match &error["metadata"]["raw"] {
        Value::String(raw) => match serde_json::from_str(raw) {
            Ok(said) => Said::of(&said).message,
            Err(_) => raw.clone(),
        },
        Value::Null => String::new(),
        raw => Said::of(raw).message,
    };
    match sentence(error).or_else(|| error["title"].as_str()) {
        Some(text) if beyond.is_empty() => return text.to_owned(),
        Some(text) => return format!("{text}: {beyond}"),
        None => {}
    }
    let lists = ["/detail/0", "/message/detail/0"];
    let Some(fault) = lists.iter().find_map(|at| error.pointer(at)) else {
        return String::new();
    };
    let text = fault["msg"].as_str().unwrap_or_default();
    let field = fault["loc"].as_array().and_then(|loc| loc.last()?.as_str());
    match field {
        Some(field) => format!("{text} ({field})"),
        None => text.to_owned(),
    }
}

/// `{"details": [{"retryDelay": "34s"}]}`: Google's `RetryInfo`; or a number of
/// seconds, as gateways write it.
fn retry_delay(error: &Value) -> Option<Duration> {
    let details = || {
        let details = error["details"].as_array()?;
        let delay = details.iter().find_map(|it| it["retryDelay"].as_str())?;
        delay.strip_suffix('s')?.parse().ok()
    };
    let seconds = error["retry_after"].as_f64().or_else(details)?;
    let delay = Duration::try_from_secs_f64(seconds).ok()?;
    Some(delay.min(LONGEST))
}

/// One line, and no character that moves a cursor. It is cut far behind what
/// is shown, so that a key is found in it as a whole.
pub fn tidy(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(4000).collect()
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            RefusalKind::Busy => "too many requests",
            RefusalKind::Failing => "the server has failed",
            RefusalKind::NoCredit => "no credit left",
            RefusalKind::Key => "the key was refused",
            RefusalKind::TooLong => "the prompt is too long for the model",
            RefusalKind::Request => "the request was refused",
        })?;
        if let Some(status) = self.status {
            write!(f, ", status {status}")?;
        }
        if !self.code.is_empty() {
            write!(f, ", {}", self.code)?;
        }
        if !self.message.is_empty() {
            let shown: String = self.message.chars().take(300).collect();
            write!(f, ": {shown}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use RefusalKind::{Busy, Failing, Key, NoCredit, Request, TooLong};

    fn of(status: u16, body: &str) -> Refusal {
        let status = StatusCode::from_u16(status).expect("a status");
        Refusal::of(status, &HeaderMap::new(), body.as_bytes())
    }

    #[test]
    fn a_status_alone_has_a_kind() {
        for (status, kind) in [
            (400, Request),
            (401, Key),
            (402, NoCredit),
            (403, Key),
            (404, Request),
            (408, Failing),
            (409, Failing),
            (413, TooLong),
            (422, Request),
            (425, Failing),
            (429, Busy),
            (500, Failing),
            (503, Failing),
            (529, Failing),
        ] {
            assert_eq!(of(status, "").kind, kind, "{status}");
        }
    }

    #[test]
    fn an_empty_account_is_told_by_its_words_wherever_they_are() {
        for body in [
            r#"{"error":{"code":"insufficient_quota"}}"#,
            r#"{"error":{"type":"insufficient_quota","code":429}}"#,
            r#"{"error":{"type":"insufficient_quota","code":null}}"#,
            r#"{"error":{"message":"insufficient_quota: pay"}}"#,
            r#"{"code":"insufficient_quota","message":"pay"}"#,
            r#"{"message":"Insufficient Balance"}"#,
            r#"[{"error":{"code":"insufficient_quota"}}]"#,
            r#"{"error":"insufficient_quota"}"#,
            "insufficient_quota",
        ] {
            assert_eq!(of(429, body).kind, NoCredit, "{body}");
        }
        let busy = r#"{"error":{"code":"rate_limit_exceeded"}}"#;
        assert_eq!(of(429, busy).kind, Busy);
        // Gemini says this of a minute that is full.
        let minute = "You exceeded your current quota, please retry in 9s.";
        assert_eq!(of(429, minute).kind, Busy);
        let low = r#"{"error":{"message":"Your credit balance is too low"}}"#;
        assert_eq!(of(400, low).kind, NoCredit);
    }

    #[test]
    fn a_prompt_that_is_too_long_is_told_by_its_words() {
        let code = r#"{"error":{"code":"context_length_exceeded"}}"#;
        assert_eq!(of(400, code).kind, TooLong);
        let text = "This model's maximum context length is 8192 tokens.";
        assert_eq!(of(400, text).kind, TooLong);
    }

    #[test]
    fn the_provider_s_own_words_reach_the_reader() {
        for body in [
            r#"{"error":{"message":"slow down","code":7}}"#,
            r#"{"error":"slow down"}"#,
            r#"{"message":"slow down"}"#,
            r#"{"detail":"slow down"}"#,
            r#"{"detail":[{"msg":"slow down"}]}"#,
            r#"{"message":{"detail":[{"msg":"slow down"}]}}"#,
            r#"[{"error":{"message":"slow\n\u001b[31mdown"}}]"#,
            "slow  down\n",
        ] {
            let said = of(429, body).to_string();
            assert!(
                said.starts_with("too many requests, status 429"),
                "{said}"
            );
            let down = said.ends_with(": slow down");
            assert!(down || said.ends_with(": slow [31mdown"), "{said}");
        }
        assert_eq!(of(502, "<html>x").message, "");
        let long = of(500, &"x".repeat(9999));
        assert_eq!(long.message.len(), 4000);
        assert!(long.to_string().len() < 400);
    }

    #[test]
    fn a_list_of_faults_names_the_field() {
        let body = r#"{"object":"error","message":{"detail":[{"loc":["body",
            "max_tokens"],"msg":"too many"}]}}"#;
        assert_eq!(of(422, body).message, "too many (max_tokens)");
    }

    #[test]
    fn what_was_asked_is_told_from_who_asks() {
        let body =
            r#"{"error":{"code":403,"message":"Your input was flagged"}}"#;
        assert_eq!(of(403, body).kind, Request);
        assert_eq!(of(498, "").kind, Failing);
    }

    #[test]
    fn a_delay_may_be_in_the_body() {
        let body = r#"[{"error":{"code":429,"details":[{"@type":"x"},
            {"retryDelay":"34.5s"}]}}]"#;
        let wait = Some(Duration::from_millis(34_500));
        assert_eq!(of(429, body).retry_after, wait);
        let year = body.replace("34.5s", "1e19s");
        let day = Some(Duration::from_hours(24));
        assert_eq!(of(429, &year).retry_after, day);
        for nonsense in ["soon", "-1s", "NaNs", "1e99s"] {
            let body = body.replace("34.5s", nonsense);
            assert_eq!(of(429, &body).retry_after, None, "{nonsense}");
        }
    }

    #[test]
    fn an_event_needs_no_status() {
        let of = |json: &str| {
            let json = serde_json::from_str(json).expect("it is JSON");
            Refusal::in_answer(&json)
        };
        let named = of(r#"{"status":503,"message":"overloaded"}"#);
        assert_eq!((named.status, named.kind), (Some(503), Failing));
        let nested =
            of(r#"{"error":{"type":"overloaded_error","message":"m"}}"#);
        assert_eq!((nested.status, nested.kind), (None, Failing));
        assert_eq!(of(r#"{"error":{"code":429}}"#).kind, Busy);
        let text = of(r#"{"error":{"code":"429"}}"#);
        assert_eq!((text.status, text.kind), (Some(429), Busy));
        assert_eq!(of(r#"{"error":"no such model"}"#).kind, Request);
        let limit = of(r#"{"error":{"code":"rate_limit_exceeded"}}"#);
        assert_eq!(limit.kind, Busy);
    }
}
