//! A budget with a reserve: `cargo run --bin room-for-the-answer-right-way`
use serde_json::Value;
use tiktoken_rs::o200k_base_singleton;

const THINKING: usize = 20; // tokens that a reasoning model writes unseen
const SYSTEM: &str = "Answer in JSON: the boats, and when each came back.";
const ENTRY: &str = "The Merganser came back at half past six. ";

/// Tokens: what the model takes in all, and what of it is the answer's, with
/// all that it thinks before.
struct Budget {
    window: usize,
    answer: usize,
}

const BUDGET: Budget = Budget {
    window: 120,
    answer: 50,
};

#[derive(Debug, PartialEq, thiserror::Error)]
enum Error {
    #[error("the system prompt and the reserve leave no room for a document")]
    NoRoom,
    #[error("the answer was cut off after {so_far:?}")]
    Truncated { so_far: String },
}

impl Budget {
    /// What is left for a document. Subtracting unchecked would wrap or panic.
    fn for_document(&self, system: &str) -> Result<usize, Error> {
        let left = self.window.checked_sub(self.answer + tokens(system));
        left.filter(|&left| left > 0).ok_or(Error::NoRoom)
    }
}

enum Finish {
    Stop,
    Length,
}

struct Completion {
    text: String,
    finish: Finish,
}

impl Completion {
    /// Half an answer is no answer: that is the caller's to decide.
    fn whole(self) -> Result<String, Error> {
        match self.finish {
            Finish::Stop => Ok(self.text),
            Finish::Length => Err(Error::Truncated { so_far: self.text }),
        }
    }
}

fn tokens(text: &str) -> usize {
    o200k_base_singleton().count_ordinary(text)
}

/// Stands for the model: it thinks and writes up to `max_completion_tokens`.
async fn complete(system: &str, document: &str, max: usize) -> Completion {
    println!("{} tokens of prompt", tokens(system) + tokens(document));
    let boats = [r#"{"boat":"Merganser","back":"18:30"}"#; 2].join(",");
    let answer = o200k_base_singleton().encode_ordinary(&format!("[{boats}]"));
    let room = max.saturating_sub(THINKING).min(answer.len());
    let text = o200k_base_singleton().decode(&answer[..room]);
    let whole = room == answer.len();
    Completion {
        text: text.expect("plain ASCII"),
        finish: if whole { Finish::Stop } else { Finish::Length },
    }
}

/// As many entries as there is room for, and how many these are.
fn fill(entries: &[&str], room: usize) -> (String, usize) {
    let (mut document, mut total) = (String::new(), 0);
    for (i, entry) in entries.iter().enumerate() {
        total += tokens(entry) + 1; // where two meet, it may be one more
        if total > room {
            return (document, i);
        }
        document += entry;
    }
    (document, entries.len())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let room = BUDGET.for_document(SYSTEM)?;
    let (document, entries) = fill(&[ENTRY; 20], room);
    let completion = complete(SYSTEM, &document, BUDGET.answer).await;
    let answer = completion.whole()?;
    println!("{} tokens of answer", tokens(&answer));
    let parsed = serde_json::from_str::<Value>(&answer);
    println!("JSON is whole: {}", parsed.is_ok());
    println!("{entries} entries of 20: the next prompt has the others");
    assert!(parsed.is_ok(), "the answer has the room that was reserved");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With its reserve the answer is whole; without room there is an error.
    #[tokio::test]
    async fn the_reserve_stays_free() {
        let room = BUDGET.for_document(SYSTEM).expect("there is room");
        let (document, _) = fill(&[ENTRY; 20], room);
        let used = tokens(SYSTEM) + tokens(&document) + BUDGET.answer;
        assert!(used <= BUDGET.window);
        let completion = complete(SYSTEM, &document, BUDGET.answer).await;
        let answer = completion.whole().expect("it had its room");
        assert!(serde_json::from_str::<Value>(&answer).is_ok());
        let (window, answer) = (40, 30);
        let narrow = Budget { window, answer };
        assert_eq!(narrow.for_document(SYSTEM), Err(Error::NoRoom));
    }

    /// A reserve that the thinking uses up leaves a paid, empty answer; one
    /// that is a token short, half of it. Neither passes for an answer.
    #[tokio::test]
    async fn half_an_answer_is_an_error() {
        for (max, so_far) in [(THINKING, ""), (THINKING + 3, r#"[{"boat"#)] {
            let cut = complete(SYSTEM, ENTRY, max).await.whole();
            let so_far = so_far.to_owned();
            assert_eq!(cut, Err(Error::Truncated { so_far }));
        }
    }
}
