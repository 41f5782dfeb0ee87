//! A full window: `cargo run --bin room-for-the-answer-wrong-way`
use serde_json::Value;
use tiktoken_rs::o200k_base_singleton;

const WINDOW: usize = 120; // tokens, of prompt and answer together
const THINKING: usize = 20; // tokens that a reasoning model writes unseen
const SYSTEM: &str = "Answer in JSON: the boats, and when each came back.";
const ENTRY: &str = "The Merganser came back at half past six. ";

#[derive(Debug, PartialEq)]
enum Finish {
    Stop,
    Length,
}

struct Completion {
    text: String,
    finish: Finish,
}

fn tokens(text: &str) -> usize {
    o200k_base_singleton().count_ordinary(text)
}

/// Stands for the model: it thinks and writes until the window is full.
async fn complete(system: &str, document: &str) -> Completion {
    let boats = [r#"{"boat":"Merganser","back":"18:30"}"#; 2].join(",");
    let answer = o200k_base_singleton().encode_ordinary(&format!("[{boats}]"));
    let used = tokens(system) + tokens(document) + THINKING;
    let room = WINDOW.saturating_sub(used).min(answer.len());
    let text = o200k_base_singleton().decode(&answer[..room]);
    let whole = room == answer.len();
    Completion {
        text: text.expect("plain ASCII"),
        finish: if whole { Finish::Stop } else { Finish::Length },
    }
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
    println!("{} tokens of prompt", tokens(SYSTEM) + tokens(&document));
    let completion = complete(SYSTEM, &document).await;
    let parsed = serde_json::from_str::<Value>(&completion.text);
    println!("{} tokens of answer", tokens(&completion.text));
    let finish = completion.finish; // printed, and that is all
    println!("Finished by {finish:?}, JSON is whole: {}", parsed.is_ok());
    assert!(parsed.is_err(), "there was no room for it");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A prompt that fills the window leaves nothing for the answer: not an
    /// error, but a `length` that nobody looks at.
    #[tokio::test]
    async fn a_full_window_has_no_answer() {
        let completion = complete(SYSTEM, &fill(&[ENTRY; 20])).await;
        assert_eq!(completion.finish, Finish::Length);
        assert_eq!(completion.text, "");
    }

    /// A short prompt leaves room, so that a trial with one entry goes well.
    #[tokio::test]
    async fn a_short_prompt_is_answered_in_full() {
        let completion = complete(SYSTEM, ENTRY).await;
        assert_eq!(completion.finish, Finish::Stop);
        assert!(serde_json::from_str::<Value>(&completion.text).is_ok());
    }
}
