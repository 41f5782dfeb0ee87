//! Answered, and timed out: `cargo run --bin answered-unpolled-wrong-way`
use futures::stream::{self, StreamExt};
use llm_server::{LlmServer, Model, Script};
use reqwest::Client;
use serde_json::{Value, json};
use std::error::Error;
use std::time::Duration;
use tokio::time::sleep;

const AT_ONCE: usize = 3;
const FIRST_TOKEN: Duration = Duration::from_millis(20);
const LIMIT: Duration = Duration::from_millis(600);
/// How long it takes to save an answer.
const SAVING: Duration = Duration::from_millis(800);

#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
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
    number: u32,
) -> Result<String, AskError> {
    let prompt = format!("Question {number}");
    let messages = json!([{ "role": "user", "content": prompt }]);
    let request = json!({ "model": "scripted", "messages": messages });
    let call = http.post(format!("{base}/chat/completions")).json(&request);
    let answer = call.send().await?.error_for_status()?;
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

/// How many answers were saved; the others ran into the limit.
async fn save_all(http: &Client, base: &str, calls: u32) -> u32 {
    let calls = (1..=calls).map(|n| ask(http.clone(), base.to_owned(), n));
    let mut answers = stream::iter(calls).buffer_unordered(AT_ONCE);
    let mut saved = 0;
    while let Some(answer) = answers.next().await {
        let text = match answer {
            Ok(text) => text,
            Err(AskError::Http(error)) if error.is_timeout() => {
                println!("Timed out");
                continue;
            }
            Err(error) => {
                println!("Failed: {error}");
                continue;
            }
        };
        // Nobody polls the other calls meanwhile, and their limits run on.
        save(&text).await;
        saved += 1;
    }
    saved
}

/// So many calls to a quick server: how many it answered, how many were saved.
async fn saved_of(calls: u32) -> Result<(u64, u32), Box<dyn Error>> {
    let model = Model::new("scripted").says("Yes").first_token(FIRST_TOKEN);
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await?;
    let saved = save_all(&client()?, &server.base_url(), calls).await;
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
    #[tokio::test]
    async fn two_of_three_answers_are_timed_out() {
        let counted = saved_of(3).await.expect("a server on this machine");
        assert_eq!(counted, (3, 1));
    }
}
