//! The protocol: what an OpenAI-compatible server is sent, and what it answers.
//! Nothing here knows how the bytes travel.

use crate::call::{Call, CallError, Pieces};
use bytes::Bytes;
use eventsource_stream::Eventsource;
use futures::stream::{self, Stream, StreamExt};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// The body of a request for a chat completion.
#[must_use]
pub fn body(call: &Call, stream: bool) -> Value {
    json!({
        "model": call.model,
        "messages": [{ "role": "user", "content": call.prompt }],
        "max_completion_tokens": call.answer_tokens,
        "stream": stream,
    })
}

/// What a response says that is no answer.
#[must_use]
pub fn refusal(
    status: StatusCode,
    headers: &HeaderMap,
    body: &str,
) -> CallError {
    let error = serde_json::from_str::<ErrorBody>(body);
    let error = error.map(|body| body.error).unwrap_or_default();
    let code = error.code.or(error.kind).unwrap_or_default();
    let passes = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::CONFLICT
            | StatusCode::TOO_MANY_REQUESTS
    ) || status.is_server_error();
    // The one 429 that no waiting helps: the money is spent.
    let passes = passes && code != "insufficient_quota";
    let status = status.as_u16();
    if passes {
        let retry_after = retry_after(headers);
        CallError::Busy {
            status,
            retry_after,
        }
    } else {
        CallError::Refused { status, code }
    }
}

/// Whole seconds. The header's other form, a date, is for caches: providers
/// do not send it, and a clock that differs from theirs would make it wrong.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// The text of a whole answer.
///
/// # Errors
/// If it is no completion, or has no text.
pub fn answer(body: &str) -> Result<String, CallError> {
    content(completion(body)?)
        .ok_or_else(|| CallError::Garbled("it has no content".to_owned()))
}

// ANCHOR: pieces
/// The text of a streamed answer, from its bytes as they come.
pub fn pieces<E>(
    bytes: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
) -> Pieces
where
    E: Send + 'static,
{
    // The state is the rest of the stream; `None` once its end was told.
    let rest = Some(bytes.eventsource().boxed());
    stream::unfold(rest, |rest| async {
        let mut events = rest?;
        loop {
            // An end without `[DONE]` is no end: half an answer, maybe.
            let Some(Ok(event)) = events.next().await else {
                return Some((Err(CallError::BrokenOff), None));
            };
            if event.data == "[DONE]" {
                return None;
            }
            match completion(&event.data).map(content) {
                // The role, or the usage: no text.
                Ok(None) => {}
                Ok(Some(text)) => return Some((Ok(text), Some(events))),
                Err(error) => return Some((Err(error), None)),
            }
        }
    })
    .boxed()
}
// ANCHOR_END: pieces

fn completion(json: &str) -> Result<Completion, CallError> {
    serde_json::from_str(json)
        .map_err(|error| CallError::Garbled(error.to_string()))
}

/// The text of a completion, or of a piece of one. The last piece may carry the
/// usage and no choice at all.
fn content(completion: Completion) -> Option<String> {
    let choice = completion.choices.into_iter().next()?;
    choice.message.content
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorObject,
}

#[derive(Default, Deserialize)]
struct ErrorObject {
    code: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(alias = "delta")]
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Remedy;
    use futures::TryStreamExt;

    #[test]
    fn an_answer_is_its_content() {
        let body = r#"{"choices":[{"message":{"content":"a ferry"}}]}"#;
        assert_eq!(answer(body).expect("an answer"), "a ferry");
        assert!(matches!(answer("{}"), Err(CallError::Garbled(_))));
    }

    fn refused(status: u16, body: &str) -> CallError {
        let status = StatusCode::from_u16(status).expect("a status");
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, 7.into());
        refusal(status, &headers, body)
    }

    #[test]
    fn each_refusal_has_its_remedy() {
        let busy = r#"{"error":{"code":"rate_limit_exceeded"}}"#;
        let spent = r#"{"error":{"code":"insufficient_quota"}}"#;
        let typed = r#"{"error":{"type":"insufficient_quota","code":null}}"#;
        let filter = r#"{"error":{"code":"content_filter"}}"#;
        for (status, body, remedy) in [
            (429, busy, Remedy::Retry),
            (429, "no JSON", Remedy::Retry),
            (503, "", Remedy::Retry),
            (500, "", Remedy::Retry),
            (429, spent, Remedy::Stop),
            (429, typed, Remedy::Stop),
            (401, "", Remedy::Stop),
            (400, filter, Remedy::OtherModel),
            (404, "", Remedy::OtherModel),
        ] {
            assert_eq!(refused(status, body).remedy(), remedy, "{status}");
        }
    }

    #[test]
    fn the_header_says_how_long_to_stay_away() {
        let error = refused(503, "");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(!error.is_rate_limit());
        assert!(refused(429, "").is_rate_limit());
    }

    /// The pieces of a body that arrives in parts of so many bytes.
    async fn streamed(
        body: &'static str,
        size: usize,
    ) -> Result<Vec<String>, CallError> {
        let parts = body.as_bytes().chunks(size);
        let parts: Vec<Result<Bytes, std::io::Error>> =
            parts.map(|part| Ok(Bytes::from_static(part))).collect();
        pieces(stream::iter(parts)).try_collect().await
    }

    const BODY: &str = ": hello\r\n\r\n\
        data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"a \"}}]}\r\n\r\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"café 🌙\"}}]}\n\n\
        data: {\"choices\":[],\"usage\":{\"total_tokens\":9}}\n\n\
        data: [DONE]\n\n";

    #[tokio::test]
    async fn a_stream_is_its_pieces_wherever_its_bytes_are_cut() {
        for size in 1..BODY.len() {
            let pieces = streamed(BODY, size).await.expect("complete");
            assert_eq!(pieces, ["a ", "café 🌙"], "in parts of {size}");
        }
    }

    #[tokio::test]
    async fn a_stream_without_its_end_is_broken_off() {
        let half = &BODY[..BODY.find("data: [DONE]").expect("its end")];
        let streamed = streamed(half, 64).await;
        assert!(matches!(streamed, Err(CallError::BrokenOff)));
    }
}
