//! However the network cuts a stream, the answer is the same; whatever else
//! comes is a typed error: never a panic, never a hang.

use futures::{StreamExt, stream};
use llm_client::{
    Cause, Error, Limits, Parser, Phase, Piece, SseError, Usage, pieces,
};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;
use std::convert::Infallible;
use std::mem;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::time::{Instant, sleep};

/// Seconds on a clock that stands still.
fn limits() -> Limits {
    Limits {
        first: Duration::from_secs(5),
        idle: Duration::from_secs(1),
        ..Limits::default()
    }
}

/// How a server may write a stream.
#[expect(clippy::struct_excessive_bools, reason = "each by itself")]
#[derive(Debug, Clone)]
struct Manner {
    byte_order_mark: bool,
    /// The end of each line, in turn.
    ends: Vec<&'static str>,
    blank: bool,
    comments: bool,
    /// JSON over several `data:` lines.
    lines: bool,
    done: bool,
}

fn manner() -> impl Strategy<Value = Manner> {
    let end = prop::sample::select(vec!["\n", "\r\n", "\r"]);
    let ends = prop::collection::vec(end, 1..5);
    (any::<[bool; 5]>(), ends).prop_map(
        |([byte_order_mark, blank, comments, lines, done], ends)| Manner {
            byte_order_mark,
            ends,
            blank,
            comments,
            lines,
            done,
        },
    )
}

const PLAIN: Manner = Manner {
    byte_order_mark: false,
    ends: Vec::new(),
    blank: true,
    comments: false,
    lines: false,
    done: true,
};

/// Writes lines, each with the end that is its turn.
struct Writer<'a> {
    manner: &'a Manner,
    text: String,
    lines: usize,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        let ends = &self.manner.ends;
        let mut end = ends.get(self.lines % ends.len().max(1)).copied();
        // CR and LF that follow each other are one end and not two.
        if self.text.ends_with('\r') && line.is_empty() && end == Some("\n") {
            end = Some("\r");
        }
        self.text += line;
        self.text += end.unwrap_or("\n");
        self.lines += 1;
    }

    fn event(&mut self, data: &str) {
        if self.manner.comments {
            self.line(": keep-alive");
            self.line("");
        }
        for line in data.lines() {
            let blank = if self.manner.blank { " " } else { "" };
            self.line(&format!("data:{blank}{line}"));
        }
        self.line("");
    }
}

/// A stream of these tokens, written in this manner.
fn sse(tokens: &[String], manner: &Manner) -> String {
    let text = if manner.byte_order_mark {
        "\u{feff}"
    } else {
        ""
    };
    let mut to = Writer {
        manner,
        text: text.to_owned(),
        lines: 0,
    };
    to.event(r#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#);
    for token in tokens {
        let chunk = json!({"choices": [{"delta": {"content": token}}]});
        to.event(&if manner.lines {
            format!("{chunk:#}")
        } else {
            chunk.to_string()
        });
    }
    let stop = json!({"choices": [{"delta": {}, "finish_reason": "stop"}]});
    to.event(&stop.to_string());
    let usage = json!({"prompt_tokens": 3, "completion_tokens": tokens.len()});
    to.event(&json!({"choices": [], "usage": usage}).to_string());
    if manner.done {
        to.event("[DONE]");
    }
    to.text
}

/// Cuts bytes at these places.
fn cut(bytes: &[u8], places: &[Index]) -> Vec<Vec<u8>> {
    let mut places: Vec<_> =
        places.iter().map(|at| at.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    let mut from = 0;
    places.push(bytes.len());
    let piece = |to: usize| bytes[mem::replace(&mut from, to)..to].into();
    places.into_iter().map(piece).collect()
}

/// Reads chunks to the end, on a clock that stands still: a stream that hangs
/// is a time-out at once.
fn read(chunks: Vec<Vec<u8>>, limits: Limits) -> Vec<Result<Piece, Error>> {
    let body = stream::iter(chunks).map(Ok::<_, Infallible>);
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("it needs nothing");
    runtime.block_on(pieces(body, limits).collect())
}

fn tokens() -> impl Strategy<Value = Vec<String>> {
    // Characters of one to four bytes, and what JSON has to escape; text at
    // all, since an answer without a word is none.
    prop::collection::vec("[a-z \n\"\\\\éß€語🦀]{0,5}[a-z]", 1..8)
}

fn places() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 0..12)
}

proptest! {
    #[test]
    fn any_split_of_a_valid_stream_gives_the_same_tokens(
        tokens in tokens(),
        places in places(),
        manner in manner(),
    ) {
        let text = sse(&tokens, &manner);
        let read = read(cut(text.as_bytes(), &places), limits());
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
    fn a_stream_that_breaks_off_says_so_and_keeps_its_text(
        tokens in tokens(),
        places in places(),
        at in any::<Index>(),
    ) {
        let text = sse(&tokens, &PLAIN);
        // Anywhere before the chunk that says that it is whole.
        let whole = text.find("data: {\"choices\":[{\"delta\":{},").expect("it");
        let broken = &text.as_bytes()[..at.index(whole + 1)];
        let mut read = read(cut(broken, &places), limits());
        let last = read.pop().expect("an error at least");
        let error = last.expect_err("it broke off");
        prop_assert!(matches!(error.cause, Cause::Lost(_)), "{:?}", error);
        let pieces: Result<Vec<_>, _> = read.into_iter().collect();
        let mut came = String::new();
        for piece in pieces.expect("only the last is an error") {
            let Piece::Text(text) = piece else { panic!("no usage yet") };
            came += &text;
        }
        prop_assert_eq!(error.so_far, came);
    }

    #[test]
    fn one_spoiled_event_is_a_typed_error(
        tokens in prop::collection::vec("[a-z]{1,6}", 1..8),
        spoiled in prop::sample::select(vec![
            "{", "null", "[]", "not JSON", r#"{"choices":7}"#,
            r#"{"choices":[{"delta":{"content":1}}]}"#,
            r#"{"error":{"message":"overloaded"}}"#,
        ]),
        places in places(),
    ) {
        let text = sse(&tokens, &PLAIN);
        let end = "data: {\"choices\":[{\"delta\":{},";
        let at = text.find(end).expect("the reason to end");
        let text = format!("{}data: {spoiled}\n\n{}", &text[..at], &text[at..]);
        let read = read(cut(text.as_bytes(), &places), limits());
        let (last, good) = read.split_last().expect("an error at least");
        prop_assert_eq!(good.len(), tokens.len());
        let error = last.clone().expect_err("it is spoiled");
        prop_assert_eq!(error.phase, Phase::Answer);
        prop_assert!(matches!(
            error.cause, Cause::Garbled(_) | Cause::Refused(_)), "{:?}", error);
    }

    #[test]
    fn any_bytes_at_all_end_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        begun in any::<bool>(),
        places in places(),
    ) {
        let begin: &[u8] = if begun { b"data: " } else { b"" };
        let bytes = [begin, &bytes].concat();
        let read = read(cut(&bytes, &places), limits());
        let errors = read.iter().filter(|piece| piece.is_err()).count();
        prop_assert!(errors <= 1);
    }

    /// However a stream is cut, no more is kept of it than the limits allow.
    #[test]
    fn what_is_over_a_limit_is_an_error_wherever_it_is_cut(
        tokens in prop::collection::vec("[a-z]{50}", 5..20),
        places in places(),
        manner in manner(),
        which in 0..3,
    ) {
        let small = limits();
        let (limits, what) = match which {
            0 => (Limits { event_bytes: 60, ..small }, "an event"),
            1 => (Limits { text_bytes: 200, ..small }, "the answer"),
            _ => (Limits { body_bytes: 400, ..small }, "the body"),
        };
        let text = sse(&tokens, &manner);
        let read = read(cut(text.as_bytes(), &places), limits);
        let last = read.last().expect("an error at least").clone();
        let error = last.expect_err("it is too much");
        prop_assert!(matches!(error.cause, Cause::TooLarge(of, _) if of == what),
            "{:?}", error);
    }

    /// The parser by itself: where a stream is cut changes no event.
    #[test]
    fn the_parser_sees_the_same_events_wherever_a_stream_is_cut(
        bytes in "[dat: \n\r\u{feff}]{0,60}",
        places in places(),
    ) {
        let all = |chunks: Vec<Vec<u8>>| {
            let mut parser = Parser::new(1000);
            let mut events = Vec::new();
            for chunk in chunks {
                events.extend(parser.feed(&chunk)?);
            }
            events.extend(parser.finish()?);
            Ok::<_, SseError>(events)
        };
        let bytes = bytes.as_bytes();
        prop_assert_eq!(all(cut(bytes, &places)), all(vec![bytes.to_vec()]));
    }
}

/// What a stream ends with that says these events and then stays open, and
/// after how long.
async fn stalled(said: &str) -> (Option<Result<Piece, Error>>, Duration) {
    let start = Instant::now();
    let body = stream::iter([Ok::<_, Infallible>(said.to_owned())]);
    let body = body.chain(stream::pending());
    let read: Vec<_> = pieces(body, limits()).collect().await;
    (read.into_iter().next_back(), start.elapsed())
}

fn timed_out(of: Duration) -> impl Fn(Option<Result<Piece, Error>>) -> bool {
    move |last| {
        let Some(Err(error)) = last else { return false };
        error.cause == Cause::TimedOut(of)
    }
}

/// A model that thinks, or is being loaded, has the longer limit.
#[tokio::test(start_paused = true)]
async fn a_stream_that_says_only_its_role_is_a_time_out() {
    let role = r#"data: {"choices":[{"delta":{"role":"assistant"}}]}"#;
    let (last, took) = stalled(&format!("{role}\n\n")).await;
    assert!(timed_out(limits().first)(last));
    assert_eq!(took, limits().first);
}

/// After the first token it is the shorter one.
#[tokio::test(start_paused = true)]
async fn a_stream_that_falls_silent_is_a_time_out() {
    let token = r#"data: {"choices":[{"delta":{"content":"a"}}]}"#;
    let (last, took) = stalled(&format!("{token}\n\n")).await;
    assert!(timed_out(limits().idle)(last));
    assert_eq!(took, limits().idle);
}

/// Comments keep a connection open, and are no answer.
#[tokio::test(start_paused = true)]
async fn a_stream_of_comments_is_a_time_out() {
    let comments = stream::iter(0..).then(|_| async {
        sleep(limits().idle / 2).await;
        Ok::<_, Infallible>(": keep-alive\n\n")
    });
    let start = Instant::now();
    let read: Vec<_> = pieces(comments, limits()).collect().await;
    assert!(timed_out(limits().first)(read.into_iter().next_back()));
    assert_eq!(start.elapsed(), limits().first);
}

/// A stream that never falls silent has a limit as well, on what is waited
/// for: the time that its reader takes is no fault of the server.
#[tokio::test(start_paused = true)]
async fn an_answer_without_an_end_is_over_after_the_total() {
    let token = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    let tokens = || {
        stream::iter(0..).then(move |_| async move {
            sleep(limits().idle / 2).await;
            Ok::<_, Infallible>(token)
        })
    };
    let total = Duration::from_secs(10);
    let limits = Limits { total, ..limits() };
    let start = Instant::now();
    let read: Vec<_> = pieces(tokens(), limits).collect().await;
    assert_eq!(start.elapsed(), total);
    let error = read.into_iter().next_back().expect("more").expect_err("it");
    assert_eq!(error.cause, Cause::TooSlow(total));

    let mut slowly = pieces(tokens(), limits);
    for _ in 0..20 {
        sleep(total).await;
        let piece = slowly.next().await.expect("more");
        assert_eq!(piece, Ok(Piece::Text("a".into())));
    }
}
