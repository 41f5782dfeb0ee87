//! Bytes become events, events tokens: `cargo run --bin bytes-or-events-right-way`
use eventsource_stream::Eventsource;
use futures::stream::{self, Stream, StreamExt};
use serde::Deserialize;
use std::convert::Infallible;
use std::pin::pin;

#[derive(Debug, PartialEq, thiserror::Error)]
enum Broken {
    #[error("the stream ended before the answer did")]
    HungUp,
    #[error("not understood: {0}")]
    Protocol(String),
}

#[derive(Deserialize)]
struct Chunk {
    choices: Vec<Choice>,
}
#[derive(Deserialize)]
struct Choice {
    delta: Delta,
}
#[derive(Deserialize)]
struct Delta {
    content: String,
}

/// The body of a response: an event a token, then the end.
fn body() -> Vec<u8> {
    let token = |token| {
        let json = serde_json::json!({ "delta": { "content": token } });
        format!("data: {{\"choices\":[{json}]}}\n\n")
    };
    let tokens = ["You", " don’t", " need", " a", " doctor."];
    let body: String = tokens.into_iter().map(token).collect();
    (body + "data: [DONE]\n\n").into_bytes()
}

/// The network hands it over in two chunks, cut where it likes.
fn chunks(at: usize) -> impl Stream<Item = Vec<u8>> {
    let mut first = body();
    let second = first.split_off(at);
    stream::iter([first, second])
}

async fn read(chunks: impl Stream<Item = Vec<u8>>) -> Result<String, Broken> {
    // Half an event, or half a character, waits here for the other half.
    let mut events = pin!(chunks.map(Ok::<_, Infallible>).eventsource());
    let mut text = String::new();
    while let Some(event) = events.next().await {
        let data = event.map_err(|e| Broken::Protocol(e.to_string()))?.data;
        if data == "[DONE]" {
            return Ok(text);
        }
        let chunk: Chunk = serde_json::from_str(&data)
            .map_err(|e| Broken::Protocol(e.to_string()))?;
        text.extend(chunk.choices.into_iter().map(|c| c.delta.content));
    }
    Err(Broken::HungUp)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Broken> {
    let at = String::from_utf8_lossy(&body())
        .find('’')
        .expect("it is there");
    let text = read(chunks(at + 1)).await?;
    println!("The user reads: {text}");
    assert_eq!(text, "You don’t need a doctor.", "no cut is seen");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wherever the network cuts, the text is the same; a body that is cut
    /// short is an error.
    #[tokio::test]
    async fn no_cut_changes_the_text() {
        for at in 0..body().len() {
            let text = read(chunks(at)).await;
            assert_eq!(text.as_deref(), Ok("You don’t need a doctor."));
        }
        let half = read(chunks(99).take(1)).await;
        assert_eq!(half, Err(Broken::HungUp));
    }
}
