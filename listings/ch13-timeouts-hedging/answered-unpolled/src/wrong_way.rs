//! Answered, and timed out: `cargo run --bin answered-unpolled-wrong-way`
use futures::stream::{self, StreamExt};
use llm_server::{LlmServer, Model, Script};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::error::Error;
use std::pin::pin;
use std::time::Duration;
use tokio::time::sleep;

const AT_ONCE: usize = 3;
/// The server says each question back, word for word.
const QUESTIONS: [&str; 6] = [
    "Why?",
    "Why async?",
    "Why async Rust?",
    "How?",
    "How fast?",
    "How fast really?",
];
const FIRST_WORD: Duration = Duration::from_millis(20);
const NEXT_WORD: Duration = Duration::from_millis(150);
const LIMIT: Duration = Duration::from_millis(600);
/// How long it takes to save an answer.
const SAVING: Duration = Duration::from_millis(800);

#[derive(Debug, thiserror::Error)]
enum AskError {
    /// In full, since reqwest's short form leaves out the cause.
    #[error("{0:?}")]
    Http(#[from] reqwest::Error),
    #[error("{0}: {1}")]
    Refused(StatusCode, String),
    #[error("the answer is not whole: {0}")]
    NotWhole(Value),
}

fn client() -> reqwest::Result<Client> {
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // No proxy: the server is on this machine.
    Client::builder().no_proxy().timeout(LIMIT).build()
}

async fn ask(
    http: Client,
    base: String,
    question: &str,
) -> Result<String, AskError> {
    let messages = json!([{ "role": "user", "content": question }]);
    let request = json!({ "model": "echo", "messages": messages });
    let call = http.post(format!("{base}/chat/completions")).json(&request);
    let mut answer = call.send().await?;
    let status = answer.status();
    if !status.is_success() {
        // Its first bytes say why, if they come. The status counts anyway.
        let why = answer.chunk().await.ok().flatten().unwrap_or_default();
        let why = String::from_utf8_lossy(&why).into_owned();
        return Err(AskError::Refused(status, why));
    }
    let answer: Value = answer.json().await?;
    let choice = &answer["choices"][0];
    let text = choice["message"]["content"].as_str();
    match (text, &choice["finish_reason"]) {
        (Some(text), reason) if reason == "stop" => Ok(text.to_owned()),
        (_, reason) => Err(AskError::NotWhole(reason.clone())),
    }
}

async fn save(text: &str) {
    sleep(SAVING).await;
    println!("Saved: {text}");
}

/// How many answers were saved. No failure stops the others.
async fn save_all(http: &Client, base: &str, questions: &[&str]) -> u32 {
    let calls = questions.iter().map(async |&question| {
        (question, ask(http.clone(), base.to_owned(), question).await)
    });
    let mut answers = pin!(stream::iter(calls).buffer_unordered(AT_ONCE));
    let mut saved = 0;
    while let Some((question, answer)) = answers.next().await {
        match answer {
            Ok(text) => {
                // Nobody polls the others meanwhile, and their limits run on.
                save(&text).await;
                saved += 1;
            }
            Err(AskError::Http(error)) if error.is_timeout() => {
                println!("Timed out: {question}");
            }
            Err(error) => println!("Failed: {question} {error}"),
        }
    }
    saved
}

/// So many calls to a quick server: how many it answered, how many were saved.
async fn saved_of(calls: usize) -> Result<(u64, u32), Box<dyn Error>> {
    let echo = Model::new("echo").first_token(FIRST_WORD);
    let echo = echo.between_tokens(NEXT_WORD);
    let llm = LlmServer::new(Script::new().model(echo));
    let server = llm.listen("127.0.0.1:0").await?;
    let questions = &QUESTIONS[..calls];
    let saved = save_all(&client()?, &server.base_url(), questions).await;
    Ok((llm.seen().completed, saved))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (answered, saved) = saved_of(6).await?;
    println!("{answered} answered by the server, {saved} saved");
    assert_eq!((answered, saved), (6, 2), "one of each three");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of three calls at once the server answers all, and one is saved.
    #[tokio::test(start_paused = true)]
    async fn two_of_three_answers_are_timed_out() {
        loopback::tick(); // or the clock leaps over what sockets carry
        let counted = saved_of(3).await.expect("a server on this machine");
        assert_eq!(counted, (3, 1));
    }
}
