//! The history grows before the answer: `cargo run --bin history-wrong-way`
use std::time::Duration;
use tokio::time::{error::Elapsed, sleep, timeout};

const LIMIT: Duration = Duration::from_millis(300);
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200); // of a user, in between

#[derive(Clone, Debug, PartialEq)]
enum Message {
    System(&'static str),
    User(String),
    Assistant(String),
}

/// Stands for the model: it gets all messages, and calls 2 and 3 hang.
#[derive(Default)]
struct Provider {
    calls: u32,
    messages: usize,
}

impl Provider {
    async fn call(&mut self, prompt: &[Message]) -> String {
        self.calls += 1;
        self.messages += prompt.len();
        println!("Call {}: {} messages", self.calls, prompt.len());
        let hangs = [2, 3].contains(&self.calls);
        sleep(Duration::from_millis(if hangs { 9000 } else { 100 })).await;
        "An answer.".to_owned()
    }
}

struct Chat {
    provider: Provider,
    messages: Vec<Message>,
}

impl Chat {
    fn new() -> Self {
        let messages = vec![Message::System("You sell kettles.")];
        let provider = Provider::default();
        Self { provider, messages }
    }

    async fn ask(&mut self, question: &str) -> Result<String, Elapsed> {
        self.messages.push(Message::User(question.to_owned()));
        // If this fails, or its caller leaves, the question stays behind.
        let call = self.provider.call(&self.messages);
        let answer = timeout(LIMIT, call).await?;
        self.messages.push(Message::Assistant(answer.clone()));
        Ok(answer)
    }

    /// Stands for the user: twelve questions, each asked up to three times.
    async fn talk(&mut self) -> Result<(), Elapsed> {
        for question in 1..=12 {
            let question = format!("Question {question}?");
            let mut asked = self.ask(&question).await;
            for _ in 1..ATTEMPTS {
                let Err(error) = &asked else { break };
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
async fn main() -> Result<(), Elapsed> {
    let mut chat = Chat::new();
    chat.talk().await?;
    let second = Message::User("Question 2?".to_owned());
    let copies = chat.messages.iter().filter(|said| **said == second).count();
    println!("{copies} copies of question 2 in the last prompt");
    let sent = chat.provider.messages;
    println!("{sent} messages sent");
    assert_eq!((copies, sent), (3, 187));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve turns send 187 messages, and one question three times in each.
    #[tokio::test(start_paused = true)]
    async fn a_failed_question_stays_in_every_later_prompt() {
        let mut chat = Chat::new();
        chat.talk().await.expect("the fourth call is answered");
        let second = Message::User("Question 2?".to_owned());
        let all = chat.messages.iter();
        assert_eq!(all.filter(|said| **said == second).count(), 3);
        assert_eq!(chat.provider.messages, 187);
    }
}
