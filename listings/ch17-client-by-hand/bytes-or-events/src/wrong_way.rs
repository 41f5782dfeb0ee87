//! A chunk is taken for an event: `cargo run --bin bytes-or-events-wrong-way`
use futures::stream::{self, Stream, StreamExt};
use serde::Deserialize;

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

async fn read(chunks: impl Stream<Item = Vec<u8>>) -> String {
    let texts = chunks.map(|chunk| {
        let text = String::from_utf8_lossy(&chunk);
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        // `[DONE]` is not JSON, so what is not JSON is passed over.
        let chunks = data.filter_map(|data| serde_json::from_str(data).ok());
        let text = |chunk: Chunk| chunk.choices.into_iter();
        let choices = chunks.flat_map(text);
        choices
            .map(|choice| choice.delta.content)
            .collect::<String>()
    });
    texts.collect().await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let at = String::from_utf8_lossy(&body())
        .find('’')
        .expect("it is there");
    let text = read(chunks(at + 1)).await;
    println!("The user reads: {text}");
    assert_eq!(text, "You need a doctor.", "one token was lost");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cut within an event loses its token, and nothing says so.
    #[tokio::test]
    async fn a_cut_within_an_event_loses_its_token() {
        let wrong = |at| async move {
            read(chunks(at)).await != "You don’t need a doctor."
        };
        let cuts = stream::iter(0..body().len()).filter(|at| wrong(*at));
        assert!(cuts.count().await > body().len() / 2);
    }
}
