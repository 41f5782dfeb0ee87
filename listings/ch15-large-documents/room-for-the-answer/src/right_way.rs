//! A budget with a reserve: `cargo run --bin room-for-the-answer-right-way`
use serde_json::Value;
use tiktoken_rs::cl100k_base_singleton;

const SYSTEM: &str = "Answer in JSON: the boats, and when each came back.";
const ENTRY: &str = "The Merganser came back at half past six. ";
const BUDGET: Budget = Budget {
    window: 100,
    answer: 30,
};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the system prompt and the reserve leave no room for a document")]
struct NoRoom;

/// Tokens: what the model takes in all, and what of it is the answer's.
struct Budget {
    window: usize,
    answer: usize,
}

impl Budget {
    /// What is left for a document. Subtracting unchecked would wrap or panic.
    fn for_document(&self, system: &str) -> Result<usize, NoRoom> {
        let left = self.window.checked_sub(self.answer + tokens(system));
        left.filter(|&left| left > 0).ok_or(NoRoom)
    }
}

fn tokens(text: &str) -> usize {
    cl100k_base_singleton().count_ordinary(text)
}

/// Stands for the model: it writes until it is done, or the window is full.
async fn complete(system: &str, document: &str) -> String {
    let boats = [r#"{"boat":"Merganser","back":"18:30"}"#; 2].join(",");
    let answer = cl100k_base_singleton().encode_ordinary(&format!("[{boats}]"));
    let prompt = tokens(system) + tokens(document);
    let room = BUDGET.window.saturating_sub(prompt).min(answer.len());
    let text = cl100k_base_singleton().decode(&answer[..room]);
    text.expect("ASCII")
}

fn fill(entries: &[&str], budget: &Budget) -> Result<String, NoRoom> {
    let (mut document, room) = (String::new(), budget.for_document(SYSTEM)?);
    for entry in entries {
        if tokens(&format!("{document}{entry}")) > room {
            break; // the next chunk begins here
        }
        document += entry;
    }
    Ok(document)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), NoRoom> {
    let document = fill(&[ENTRY; 20], &BUDGET)?;
    let answer = complete(SYSTEM, &document).await;
    println!("{} tokens of prompt", tokens(SYSTEM) + tokens(&document));
    let parsed = serde_json::from_str::<Value>(&answer);
    println!("JSON is whole: {}", parsed.is_ok());
    assert!(parsed.is_ok(), "the answer has the room that was reserved");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer's reserve is not touched; a budget without room is an error.
    #[tokio::test]
    async fn the_reserve_stays_free() {
        let document = fill(&[ENTRY; 20], &BUDGET).expect("there is room");
        let answer = complete(SYSTEM, &document).await;
        assert!(serde_json::from_str::<Value>(&answer).is_ok());
        let (window, answer) = (40, 30);
        let narrow = Budget { window, answer };
        assert_eq!(fill(&[ENTRY], &narrow), Err(NoRoom));
    }
}
