//! However the network cuts a stream, the answer is the same; whatever else
//! comes is a typed error: never a panic, never a hang.

use futures::{StreamExt, stream};
use llm_client::{Answer, Error, Limits, Piece, Usage, pieces};
use proptest::prelude::*;
use serde_json::json;
use std::time::Duration;

const IDLE: Duration = Duration::from_secs(1);
const LIMITS: Limits = Limits {
    first: Duration::from_secs(5),
    idle: IDLE,
};

/// A valid stream, in one of the many ways that a server may write it.
fn sse(tokens: &[String], end: &str, comments: bool, lines: bool) -> String {
    let mut text = String::new();
    let mut event = |data: &str| {
        if comments {
            text += &format!(": keep-alive{end}{end}");
        }
        // JSON may be cut between any two lines that it has.
        for line in data.lines() {
            text += &format!("data: {line}{end}");
        }
        text += end;
    };
    event(r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#);
    for token in tokens {
        let chunk = json!({"choices": [{"delta": {"content": token}}]});
        event(&if lines {
            format!("{chunk:#}")
        } else {
            chunk.to_string()
        });
    }
    let usage = json!({"prompt_tokens": 3, "completion_tokens": tokens.len()});
    event(&json!({"choices": [], "usage": usage}).to_string());
    event("[DONE]");
    text
}

/// Cuts bytes at these places.
fn cut(bytes: &[u8], places: &[prop::sample::Index]) -> Vec<Vec<u8>> {
    let mut places: Vec<_> =
        places.iter().map(|at| at.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    let mut from = 0;
    places.push(bytes.len());
    let piece = |to: usize| bytes[std::mem::replace(&mut from, to)..to].into();
    places.into_iter().map(piece).collect()
}

/// Reads chunks to the end, on a clock that stands still: a stream that hangs
/// is a time-out at once.
fn read(chunks: Vec<Vec<u8>>) -> Vec<Result<Piece, Error>> {
    let body = stream::iter(chunks).map(Ok::<_, Error>);
    let answer: Answer = pieces(body, LIMITS);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime
        .expect("it needs nothing")
        .block_on(answer.collect())
}

fn tokens() -> impl Strategy<Value = Vec<String>> {
    // Characters of one to four bytes, and what JSON has to escape.
    prop::collection::vec("[a-z \n\"\\\\éß€語🦀]{1,6}", 0..8)
}

fn places() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..12)
}

proptest! {
    #[test]
    fn any_split_of_a_valid_stream_gives_the_same_tokens(
        tokens in tokens(),
        places in places(),
        crlf in any::<bool>(),
        comments in any::<bool>(),
        lines in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let text = sse(&tokens, end, comments, lines);
        let read = read(cut(text.as_bytes(), &places));
        let usage = Usage {
            prompt_tokens: 3,
            completion_tokens: tokens.len() as u64,
        };
        let mut expected: Vec<_> =
            tokens.into_iter().map(|token| Ok(Piece::Text(token))).collect();
        expected.push(Ok(Piece::Usage(usage)));
        prop_assert_eq!(read, expected);
    }

    #[test]
    fn a_stream_that_breaks_off_says_so(
        tokens in tokens(),
        places in places(),
        at in any::<prop::sample::Index>(),
    ) {
        let text = sse(&tokens, "\n", false, false);
        // Anywhere before the last event, which is what makes it whole.
        let whole = text.len() - "data: [DONE]\n\n".len();
        let broken = &text.as_bytes()[..at.index(whole + 1)];
        let mut read = read(cut(broken, &places));
        let last = read.pop().expect("an error at least");
        prop_assert!(matches!(last, Err(Error::HungUp | Error::Protocol(_))));
        prop_assert!(read.iter().all(Result::is_ok));
    }

    #[test]
    fn one_spoiled_event_is_a_typed_error(
        tokens in prop::collection::vec("[a-z]{1,6}", 1..8),
        spoiled in prop::sample::select(vec![
            "{", "null", "[]", "not JSON", r#"{"choices":7}"#,
            r#"{"choices":[{}]}"#, r#"{"error":{"message":"overloaded"}}"#,
        ]),
        places in places(),
    ) {
        let text = sse(&tokens, "\n", false, false);
        let text = text.replacen("data: {\"choices\":[]", &format!(
            "data: {spoiled}\n\ndata: {{\"choices\":[]"), 1);
        let read = read(cut(text.as_bytes(), &places));
        let (last, good) = read.split_last().expect("an error at least");
        prop_assert_eq!(good.len(), tokens.len());
        prop_assert!(matches!(
            last, Err(Error::Protocol(_) | Error::Failed(_))), "{:?}", last);
    }

    #[test]
    fn any_bytes_at_all_end_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        places in places(),
    ) {
        let read = read(cut(&bytes, &places));
        let errors = read.iter().filter(|piece| piece.is_err()).count();
        prop_assert!(errors <= 1);
    }
}

/// A stream that stays open and says nothing, or only comments, ends too.
#[tokio::test(start_paused = true)]
async fn a_silent_stream_is_a_time_out() {
    let comments = stream::iter(0..).then(|_| async {
        tokio::time::sleep(IDLE / 2).await;
        Ok::<_, Error>(": keep-alive\n\n")
    });
    let start = tokio::time::Instant::now();
    let read: Vec<_> = pieces(comments, LIMITS).collect().await;
    assert_eq!(read, [Err(Error::Timeout)]);
    assert_eq!(start.elapsed(), LIMITS.first);
}

/// After the first event the limit is the shorter one.
#[tokio::test(start_paused = true)]
async fn a_stream_that_falls_silent_is_a_time_out() {
    let event = r#"data: {"choices":[{"delta":{"content":"a"}}]}"#;
    let body = stream::iter([Ok::<_, Error>(format!("{event}\n\n"))]);
    let start = tokio::time::Instant::now();
    let body = body.chain(stream::pending());
    let read: Vec<_> = pieces(body, LIMITS).collect().await;
    assert_eq!(read, [Ok(Piece::Text("a".into())), Err(Error::Timeout)]);
    assert_eq!(start.elapsed(), IDLE);
}

/// Also where the first event had no text: it may only name the role.
#[tokio::test(start_paused = true)]
async fn a_stream_that_falls_silent_after_its_role_is_a_time_out() {
    let event = r#"data: {"choices":[{"delta":{"role":"assistant"}}]}"#;
    let body = stream::iter([Ok::<_, Error>(format!("{event}\n\n"))]);
    let start = tokio::time::Instant::now();
    let body = body.chain(stream::pending());
    let read: Vec<_> = pieces(body, LIMITS).collect().await;
    assert_eq!(read, [Err(Error::Timeout)]);
    assert_eq!(start.elapsed(), IDLE);
}
