//! A budget with a reserve: `cargo run --bin room-for-the-answer-right-way`
use serde_json::Value;
use tiktoken_rs::o200k_base_singleton;

const THINKING: usize = 20; // tokens that a reasoning model writes unseen
const SYSTEM: &str = "Answer in JSON: the boats, and when each came back.";
const ENTRY: &str = "The Merganser came back at half past six. ";

/// Tokens: what the model takes in all; what of it is the answer's, with all
/// that it thinks before; and what a count of the texts alone leaves out.
struct Budget {
    window: usize,
    answer: usize,
    margin: usize,
}

#[rustfmt::skip]
const BUDGET: Budget = Budget { window: 120, answer: 50, margin: 10 };

#[derive(Debug, PartialEq, thiserror::Error)]
enum Error {
    #[error("the system prompt and the reserve leave no room for a document")]
    NoRoom,
    #[error("the next entry alone is too long for one prompt")]
    EntryTooLong,
    #[error("the answer was cut off after {so_far:?}")]
    Truncated { so_far: String },
}

impl Budget {
    /// What is left for a document. Subtracting unchecked would wrap or panic.
    fn for_document(&self, system: &str) -> Result<usize, Error> {
        let others = self.answer + self.margin + tokens(system);
        let left = self.window.checked_sub(others);
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

/// As many entries as there is room for, and how many these are. Never none:
/// a caller that asks for one part after another would pay and never end.
fn fill(entries: &[&str], room: usize) -> Result<(String, usize), Error> {
    let (mut count, mut too_many) = (0, entries.len() + 1);
    while too_many - count > 1 {
        // Halving: to add one after the other would count all of it each time.
        let half = count.midpoint(too_many);
        // Where two entries meet, tokens merge or split: count one text.
        if tokens(&entries[..half].concat()) <= room {
            count = half;
        } else {
            too_many = half;
        }
    }
    if count == 0 && !entries.is_empty() {
        return Err(Error::EntryTooLong);
    }
    Ok((entries[..count].concat(), count))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let room = BUDGET.for_document(SYSTEM)?;
    let (document, entries) = fill(&[ENTRY; 20], room)?;
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
        let (document, _) = fill(&[ENTRY; 20], room).expect("some fit");
        let used = tokens(SYSTEM) + tokens(&document) + BUDGET.answer;
        assert!(used + BUDGET.margin <= BUDGET.window);
        let completion = complete(SYSTEM, &document, BUDGET.answer).await;
        let answer = completion.whole().expect("it had its room");
        assert!(serde_json::from_str::<Value>(&answer).is_ok());
        let window = BUDGET.answer + BUDGET.margin + tokens(SYSTEM);
        let narrow = Budget { window, ..BUDGET };
        assert_eq!(narrow.for_document(SYSTEM), Err(Error::NoRoom));
    }

    /// All entries go into one prompt or another; one that has no room by
    /// itself is an error, and not a loop without end.
    #[test]
    fn each_prompt_takes_an_entry_or_says_that_it_cannot() {
        let (room, entries, mut next) = (25, [ENTRY; 20], 0);
        while next < entries.len() {
            let filled = fill(&entries[next..], room);
            let (document, count) = filled.expect("two entries have room");
            assert!(tokens(&document) <= room);
            next += count;
        }
        let long = ENTRY.repeat(3);
        assert_eq!(fill(&[&long, ENTRY], room), Err(Error::EntryTooLong));
        assert_eq!(fill(&[], room), Ok((String::new(), 0)));
    }

    /// Four of these have 48 tokens, and 45 as one text: there is room.
    #[test]
    fn what_fits_as_one_text_is_taken() {
        let filled = fill(&[ENTRY; 20], 47);
        assert_eq!(filled, Ok((ENTRY.repeat(4), 4)));
    }

    /// These two have 38 tokens, and 41 where they meet: one of them fits.
    #[test]
    fn entries_are_counted_as_one_text() {
        let left = "innermutometersRefreshinghekkadongleryaphandlebraakutton\
            CategoriasutscheshendevelopiekenCustomizer";
        let right = "tiquetteParmFromartoqGostPROMWastecodinggrammaraddress\
            tiertragenCadastroanetiolutionlerihemureshold";
        assert_eq!(fill(&[left, right], 40), Ok((left.to_owned(), 1)));
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
