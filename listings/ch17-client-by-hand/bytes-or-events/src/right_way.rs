//! Bytes become events, events tokens: `cargo run --bin bytes-or-events-right-way`
use futures::stream::{self, Stream, StreamExt};
use llm_client::{Event, Parser, SseError};
use serde::Deserialize;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, error::Elapsed, timeout_at};

#[derive(Debug, PartialEq, thiserror::Error)]
enum Broken {
    #[error("the stream ended before the answer did")]
    HungUp,
    #[error("the answer is not whole: {0}")]
    NotWhole(String),
    #[error("the answer has no text")]
    Empty,
    #[error("the provider failed: {0}")]
    Failed(String),
    #[error("no event came for {SILENCE:?}, or no end for {LONGEST:?}")]
    Late(#[from] Elapsed),
    #[error("the text is longer than {MOST} bytes")]
    TooLong,
    #[error("the body is larger than {MOST_BODY} bytes")]
    TooLarge,
    #[error("not understood: {0}")]
    Json(String),
    #[error(transparent)]
    Events(#[from] SseError),
}

#[derive(Deserialize)]
struct Chunk {
    /// Some providers tell in mid-answer that they have failed.
    error: Option<serde_json::Value>,
    #[serde(default)]
    choices: Vec<Choice>,
}
#[derive(Deserialize)]
struct Choice {
    delta: Option<Delta>,
    finish_reason: Option<String>,
}
#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
}

/// The body of a response: an event a token, then the end.
fn body() -> Vec<u8> {
    let event = |delta, finish| {
        let choice =
            serde_json::json!({ "delta": delta, "finish_reason": finish });
        format!("data: {{\"choices\":[{choice}]}}\n\n")
    };
    let token = |token| event(serde_json::json!({ "content": token }), None);
    let tokens = ["You", " don’t", " need", " a", " doctor."];
    let body: String = tokens.into_iter().map(token).collect();
    let end = event(serde_json::json!({}), Some("stop"));
    (body + &end + "data: [DONE]\n\n").into_bytes()
}

/// The network hands it over in two chunks, cut where it likes.
fn chunks(mut body: Vec<u8>, at: usize) -> impl Stream<Item = Vec<u8>> {
    let second = body.split_off(at);
    stream::iter([body, second])
}

/// The most that we keep of one event, and of the text, in bytes.
const MOST: usize = 64 << 10;
/// The most that is read of a body, comments included.
const MOST_BODY: usize = 8 << 20;
/// The longest wait for an event. A comment is none.
const SILENCE: Duration = Duration::from_secs(30);
/// The same behind the end of the answer.
const TAIL: Duration = Duration::from_secs(1);
/// The longest wait for the end, since not every event has text.
const LONGEST: Duration = Duration::from_mins(5);

async fn read(chunks: impl Stream<Item = Vec<u8>>) -> Result<String, Broken> {
    let mut answer = Answer::default();
    let end = answer.read_on(chunks).await;
    let Some(reason) = answer.finish_reason else {
        return Err(end.err().unwrap_or(Broken::HungUp));
    };
    // Behind its end, silence or a lost connection take nothing from the
    // answer; an error does.
    if let Err(error @ (Broken::Failed(_) | Broken::TooLong)) = end {
        return Err(error);
    }
    match reason.as_str() {
        "stop" if answer.text.trim().is_empty() => Err(Broken::Empty),
        "stop" => Ok(answer.text),
        _ => Err(Broken::NotWhole(reason)),
    }
}

/// What has come of an answer.
#[derive(Default)]
struct Answer {
    text: String,
    finish_reason: Option<String>,
}

impl Answer {
    /// Reads to `[DONE]`, or else to the end.
    async fn read_on(
        &mut self,
        chunks: impl Stream<Item = Vec<u8>>,
    ) -> Result<(), Broken> {
        let (mut parser, mut read) = (Parser::new(MOST), 0);
        let mut chunks = pin!(chunks);
        let end = Instant::now() + LONGEST;
        let mut late = Instant::now() + SILENCE;
        while let Some(bytes) = timeout_at(late.min(end), chunks.next()).await?
        {
            read += bytes.len();
            if read > MOST_BODY {
                return Err(Broken::TooLarge);
            }
            // Half an event, or half a character, waits in the parser.
            for event in parser.feed(&bytes)? {
                if event.data == "[DONE]" {
                    return Ok(());
                }
                self.take(event)?;
                let over = self.finish_reason.is_some();
                late = Instant::now() + if over { TAIL } else { SILENCE };
            }
        }
        Ok(())
    }

    fn take(&mut self, event: Event) -> Result<(), Broken> {
        if event.name == "error" {
            return Err(Broken::Failed(event.data));
        }
        let chunk: Chunk = serde_json::from_str(&event.data)
            .map_err(|error| Broken::Json(error.to_string()))?;
        if let Some(error) = chunk.error {
            return Err(Broken::Failed(error.to_string()));
        }
        // The usage has a chunk of its own, without a choice.
        if let Some(choice) = chunk.choices.into_iter().next() {
            self.text
                .extend(choice.delta.and_then(|delta| delta.content));
            if self.text.len() > MOST {
                return Err(Broken::TooLong);
            }
            self.finish_reason =
                choice.finish_reason.or(self.finish_reason.take());
        }
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Broken> {
    let at = String::from_utf8_lossy(&body())
        .find('’')
        .expect("it is there");
    let text = read(chunks(body(), at + 1)).await?;
    println!("The user reads: {text}");
    assert_eq!(text, "You don’t need a doctor.", "no cut is seen");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    /// Wherever the network cuts, and however lines end, the text is the same.
    /// A body that ends early is an error, however early.
    #[tokio::test]
    async fn no_cut_changes_the_text() {
        let text = String::from_utf8(body()).expect("it is text");
        for form in [
            text.clone(),
            text.replace('\n', "\r\n"),
            text.replace('\n', "\r"),
            format!("\u{feff}: hello\n\n{text}"),
        ] {
            for at in 0..form.len() {
                let text = read(chunks(form.clone().into(), at)).await;
                assert_eq!(text.as_deref(), Ok("You don’t need a doctor."));
            }
        }
        let end = text.find("stop").expect("it is there");
        for at in 0..end {
            let cut = read(chunks(body(), at).take(1)).await;
            assert_eq!(cut, Err(Broken::HungUp));
        }
    }

    /// A line without an end is given up at 64 KiB.
    #[tokio::test]
    async fn a_line_without_an_end_is_given_up() {
        let endless = stream::repeat(vec![b'x'; 1024]);
        let broken = read(endless).await;
        assert_eq!(broken, Err(Broken::Events(SseError::TooLarge(MOST))));
    }

    /// So is an answer without an end.
    #[tokio::test]
    async fn an_answer_without_an_end_is_given_up() {
        let body = String::from_utf8(body()).expect("it is text");
        let (token, _) = body.split_once("\n\n").expect("there are events");
        let endless = stream::repeat(format!("{token}\n\n").into_bytes());
        let broken = read(endless).await;
        assert_eq!(broken, Err(Broken::TooLong));
    }

    /// So are comments without an end, by their bytes or by their time.
    #[tokio::test(start_paused = true)]
    async fn comments_without_an_end_are_given_up() {
        let comment = || b": here\n\n".to_vec();
        let fast = read(stream::repeat(comment().repeat(100))).await;
        assert_eq!(fast, Err(Broken::TooLarge));
        let start = Instant::now();
        let slow = stream::repeat(()).then(async |()| {
            sleep(Duration::from_secs(7)).await;
            comment()
        });
        assert!(matches!(read(slow).await, Err(Broken::Late(_))));
        assert_eq!(start.elapsed(), SILENCE);
    }

    /// A silent connection is given up half a minute after the last event.
    #[tokio::test(start_paused = true)]
    async fn silence_is_over_after_30_seconds() {
        let start = Instant::now();
        let silent = chunks(body(), 60).take(1).chain(stream::pending());
        assert!(matches!(read(silent).await, Err(Broken::Late(_))));
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    }

    /// Events that are in time, and never have text, are given up as well.
    #[tokio::test(start_paused = true)]
    async fn an_answer_takes_5_minutes_at_most() {
        let start = Instant::now();
        let events = stream::repeat(()).then(async |()| {
            sleep(Duration::from_secs(29)).await;
            b"data: {}\n\n".to_vec()
        });
        assert!(matches!(read(events).await, Err(Broken::Late(_))));
        assert_eq!(start.elapsed(), LONGEST);
    }

    /// An error in mid-answer is told in the provider's words, and a `stop`
    /// without a word before it is no answer.
    #[tokio::test]
    async fn an_error_and_an_empty_answer_are_no_answers() {
        let error = br#"data: {"error":{"message":"overloaded"}}"#;
        let error = [error.as_slice(), b"\n\n"].concat();
        let broken = read(chunks(error, 0)).await;
        let told = r#"{"message":"overloaded"}"#;
        assert_eq!(broken, Err(Broken::Failed(told.into())));
        let named = format!("event: error\ndata: {told}\n\n");
        let broken = read(chunks(named.into(), 0)).await;
        assert_eq!(broken, Err(Broken::Failed(told.into())));
        let body = String::from_utf8(body()).expect("it is text");
        let end = body.find("data: {\"choices\":[{\"delta\":{},");
        let end = body[end.expect("it is there")..].into();
        assert_eq!(read(chunks(end, 0)).await, Err(Broken::Empty));
    }

    /// An error behind `stop` takes the answer back. Silence, or what isn't
    /// understood, does not.
    #[tokio::test(start_paused = true)]
    async fn behind_the_end_only_an_error_counts() {
        let word = r#"data: {"choices":[{"delta":{"content":"Go"}}]}"#;
        let stop = r#"data: {"choices":[{"finish_reason":"stop"}]}"#;
        for (tail, whole) in [
            ("", true),
            ("data: {\n\n", true),
            ("data: {\"error\":\"overloaded\"}\n\n", false),
            ("event: error\ndata: overloaded\n\n", false),
        ] {
            let body = format!("{word}\n\n{stop}\n\n{tail}").into_bytes();
            let cut = body.len() - tail.len();
            let answer = read(chunks(body, cut).chain(stream::pending())).await;
            assert_eq!(answer.is_ok(), whole, "{tail}: {answer:?}");
        }
    }

    /// An answer that was cut off at its limit is no answer.
    #[tokio::test]
    async fn an_answer_cut_off_at_its_limit_is_an_error() {
        let body = String::from_utf8(body()).expect("it is text");
        let body = body.replace("stop", "length").into_bytes();
        let broken = read(chunks(body, 0)).await;
        assert_eq!(broken, Err(Broken::NotWhole("length".into())));
    }
}
