//! A turn is kept once it is whole: `cargo run --bin history-right-way`
use std::{collections::VecDeque, iter, time::Duration};
use tokio::time::{error::Elapsed, sleep, timeout};

const LIMIT: Duration = Duration::from_millis(300);
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200); // of a user, in between
const TURNS: usize = 4; // of the conversation, in a prompt

#[derive(Clone, Debug, PartialEq)]
enum Message {
    System(&'static str),
    User(String),
    Assistant(String),
}

#[derive(Debug, PartialEq, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    TimedOut(#[from] Elapsed),
    #[error("the answer was cut off after {so_far:?}")]
    CutOff { so_far: String },
}

/// An answer, and whether its `finish_reason` is `stop`.
type Answer = (String, bool);

/// Stands for the model: it gets all messages, and calls 2 and 3 hang. Its
/// answers end at a limit on their length, if there is one.
#[derive(Default)]
struct Provider {
    calls: u32,
    messages: usize,
    max_bytes: Option<usize>,
}

impl Provider {
    async fn call(&mut self, prompt: &[Message]) -> Answer {
        self.calls += 1;
        self.messages += prompt.len();
        println!("Call {}: {} messages", self.calls, prompt.len());
        let hangs = [2, 3].contains(&self.calls);
        sleep(Duration::from_millis(if hangs { 9000 } else { 100 })).await;
        let mut answer = "An answer.".to_owned();
        let whole = answer.len();
        answer.truncate(self.max_bytes.unwrap_or(whole));
        let stopped = answer.len() == whole;
        (answer, stopped)
    }
}

#[derive(Default)]
struct Chat {
    provider: Provider,
    turns: VecDeque<[Message; 2]>, // a question and its answer
}

impl Chat {
    async fn ask(&mut self, question: &str) -> Result<String, Failed> {
        let asked = Message::User(question.to_owned());
        let said = self.turns.iter().flatten().cloned();
        let prompt: Vec<Message> =
            iter::once(Message::System("You sell kettles."))
                .chain(said)
                .chain([asked.clone()])
                .collect();
        let call = timeout(LIMIT, self.provider.call(&prompt));
        let (answer, stopped) = call.await?;
        if !stopped {
            // Half an answer would be taken for a whole one in every prompt.
            return Err(Failed::CutOff { so_far: answer });
        }
        // No await from here on: both are kept, or neither.
        if self.turns.len() == TURNS {
            self.turns.pop_front();
        }
        self.turns
            .push_back([asked, Message::Assistant(answer.clone())]);
        Ok(answer)
    }

    /// Stands for the user: twelve questions, each asked up to three times.
    async fn talk(&mut self) -> Result<(), Failed> {
        for question in 1..=12 {
            let question = format!("Question {question}?");
            let mut asked = self.ask(&question).await;
            for _ in 1..ATTEMPTS {
                let Err(Failed::TimedOut(error)) = &asked else {
                    break;
                };
                println!("Failed: {error}");
                sleep(PAUSE).await;
                asked = self.ask(&question).await;
            }
            asked?;
        }
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let mut chat = Chat::default();
    chat.talk().await?;
    let sent = chat.provider.messages;
    println!("{sent} messages sent");
    assert_eq!(sent, 108, "at most four turns each time");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What failed leaves no trace: a turn is a question and its answer.
    #[tokio::test(start_paused = true)]
    async fn a_failed_question_leaves_no_trace() {
        let mut chat = Chat::default();
        chat.ask("Question 1?").await.expect("call 1 is answered");
        let before = chat.turns.clone();
        chat.ask("Question 2?").await.expect_err("call 2 hangs");
        assert_eq!(chat.turns, before);
    }

    /// Neither does an answer that was cut off, and it isn't asked for again.
    #[tokio::test(start_paused = true)]
    async fn an_answer_that_was_cut_off_leaves_no_trace() {
        let mut chat = Chat::default();
        chat.provider.max_bytes = Some(5);
        let so_far = "An an".to_owned();
        assert_eq!(chat.talk().await, Err(Failed::CutOff { so_far }));
        assert!(chat.turns.is_empty());
        assert_eq!(chat.provider.calls, 1);
    }

    /// A long talk sends the last four turns and no more: 108 messages in all.
    #[tokio::test(start_paused = true)]
    async fn a_prompt_holds_four_turns() {
        let mut chat = Chat::default();
        chat.talk().await.expect("the fourth call is answered");
        assert_eq!(chat.turns.len(), TURNS);
        assert_eq!(chat.provider.messages, 108);
    }
}
