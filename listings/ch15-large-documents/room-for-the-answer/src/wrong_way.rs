//! A full window: `cargo run --bin room-for-the-answer-wrong-way`
use serde_json::Value;
use tiktoken_rs::cl100k_base_singleton;

const WINDOW: usize = 100; // tokens, of prompt and answer together
const SYSTEM: &str = "Answer in JSON: the boats, and when each came back.";
const ENTRY: &str = "The Merganser came back at half past six. ";

#[derive(Debug, PartialEq)]
enum Finish {
    Stop,
    Length,
}

fn tokens(text: &str) -> usize {
    cl100k_base_singleton().count_ordinary(text)
}

/// Stands for the model: it writes until it is done, or the window is full.
async fn complete(system: &str, document: &str) -> (String, Finish) {
    let boats = [r#"{"boat":"Merganser","back":"18:30"}"#; 2].join(",");
    let answer = cl100k_base_singleton().encode_ordinary(&format!("[{boats}]"));
    let room = WINDOW.saturating_sub(tokens(system) + tokens(document));
    let written = &answer[..answer.len().min(room)];
    let text = cl100k_base_singleton()
        .decode(written)
        .expect("plain ASCII");
    if room < answer.len() {
        return (text, Finish::Length);
    }
    (text, Finish::Stop)
}

/// As many entries as the window has room for beside the system prompt.
fn fill(entries: &[&str]) -> String {
    let mut document = String::new();
    for entry in entries {
        if tokens(SYSTEM) + tokens(&document) + tokens(entry) > WINDOW {
            break;
        }
        document += entry;
    }
    document
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let document = fill(&[ENTRY; 20]);
    let (answer, finish) = complete(SYSTEM, &document).await;
    let parsed = serde_json::from_str::<Value>(&answer);
    println!("{} tokens of prompt", tokens(SYSTEM) + tokens(&document));
    println!("Finished by {finish:?}, JSON is whole: {}", parsed.is_ok());
    assert!(parsed.is_err(), "cut off in the middle");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A prompt that fills the window has its answer cut off.
    #[tokio::test]
    async fn a_full_window_cuts_the_answer_off() {
        let (answer, finish) = complete(SYSTEM, &fill(&[ENTRY; 20])).await;
        assert_eq!(finish, Finish::Length);
        assert!(serde_json::from_str::<Value>(&answer).is_err());
    }

    /// A short prompt leaves room, so that a trial with one entry goes well.
    #[tokio::test]
    async fn a_short_prompt_is_answered_in_full() {
        let (answer, finish) = complete(SYSTEM, ENTRY).await;
        assert_eq!(finish, Finish::Stop);
        assert!(serde_json::from_str::<Value>(&answer).is_ok());
    }
}
