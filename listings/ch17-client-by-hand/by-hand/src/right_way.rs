//! The whole client: `cargo run --bin by-hand-right-way`
use eventsource_stream::Eventsource;
use futures::{Stream, StreamExt, stream};
use llm_server::{LlmServer, Model, Script};
use reqwest::{Response, header::RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{env, pin::pin, time::Duration};
use tokio::time::timeout;

#[derive(Debug, PartialEq, thiserror::Error)]
enum Error {
    #[error("the key was refused")]
    Unauthorized,
    #[error("too many requests")]
    RateLimited { retry_after: Option<Duration> },
    #[error("no credit left")]
    QuotaExhausted,
    #[error("the prompt is too long for the model")]
    ContextTooLong,
    #[error("the server failed: {0}")]
    Server(u16),
    #[error("refused: {0} {1}")]
    Refused(u16, String),
    #[error("not reached: {0}")]
    Unreachable(String),
    #[error("no sign of life in time")]
    Timeout,
    #[error("hung up before the answer was whole")]
    HungUp,
    #[error("not understood: {0}")]
    Protocol(String),
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: [Message<'a>; 1],
    stream: bool,
    stream_options: serde_json::Value,
}
#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
}
#[derive(Deserialize)]
struct Chunk {
    choices: Vec<Choice>,
    usage: Option<Usage>,
}
#[derive(Deserialize)]
struct Choice {
    delta: Delta,
}
#[derive(Deserialize)]
struct Delta {
    content: Option<String>,
}
#[derive(Debug, Deserialize)]
struct Usage {
    completion_tokens: u32,
}

struct Client {
    http: reqwest::Client,
    base: String,
    key: SecretString, // prints as [REDACTED]
    model: String,
    idle: Duration,
}

impl Client {
    /// Asks; returns when the answer begins, or with the reason why not.
    async fn stream(
        &self,
        prompt: &str,
    ) -> Result<impl Stream<Item = Result<Chunk, Error>> + use<>, Error> {
        let request = Request {
            model: &self.model,
            messages: [Message {
                role: "user",
                content: prompt,
            }],
            stream: true,
            stream_options: serde_json::json!({ "include_usage": true }),
        };
        let url = format!("{}/chat/completions", self.base);
        let key = self.key.expose_secret();
        let call = self.http.post(url).bearer_auth(key).json(&request).send();
        let response = timeout(self.idle, call).await;
        let response = response.map_err(|_| Error::Timeout)?;
        let response = response.map_err(|error| unreachable(&error))?;
        if !response.status().is_success() {
            return Err(refusal(response).await);
        }
        let events = response.bytes_stream().eventsource().boxed();
        let idle = self.idle;
        // The events are the state, until `[DONE]` or an error is the last.
        Ok(stream::unfold(Some(events), move |events| async move {
            let mut events = events?;
            // The limit is on events: a comment, «I am here», is none.
            let chunk = match timeout(idle, events.next()).await {
                Err(_) => Err(Error::Timeout),
                Ok(None | Some(Err(_))) => Err(Error::HungUp),
                Ok(Some(Ok(event))) if event.data == "[DONE]" => return None,
                Ok(Some(Ok(event))) => serde_json::from_str(&event.data)
                    .map_err(|error| Error::Protocol(error.to_string())),
            };
            let rest = chunk.is_ok().then_some(events);
            Some((chunk, rest))
        }))
    }
}

/// The innermost cause: «connection refused», and not that sending failed.
fn unreachable(error: &reqwest::Error) -> Error {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Error::Unreachable(cause.to_string())
}

/// Every status but success is an error, and the body says which.
async fn refusal(response: Response) -> Error {
    let status = response.status().as_u16();
    let after = response.headers().get(RETRY_AFTER).cloned();
    let seconds = after.and_then(|after| after.to_str().ok()?.parse().ok());
    let body: serde_json::Value = response.json().await.unwrap_or_default();
    let code = body["error"]["code"].as_str().unwrap_or_default();
    match (status, code) {
        (401 | 403, _) => Error::Unauthorized,
        (429, "insufficient_quota") => Error::QuotaExhausted,
        (429, _) => Error::RateLimited {
            retry_after: seconds.map(Duration::from_secs),
        },
        (400, "context_length_exceeded") => Error::ContextTooLong,
        (500.., _) => Error::Server(status),
        _ => Error::Refused(status, body["error"]["message"].to_string()),
    }
}

async fn show(client: &Client, prompt: &str) -> Result<(), Error> {
    let mut chunks = pin!(client.stream(prompt).await?);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        // The last chunk has the usage and no choices.
        for token in chunk.choices.into_iter().filter_map(|c| c.delta.content) {
            println!("> {}", token.trim());
        }
        if let Some(usage) = chunk.usage {
            println!("{} tokens", usage.completion_tokens);
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let text = "Streams may stall at any word.";
    let model = Model::new("scripted").says(text).stalls_after(3);
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await?;

    let own = env::var_os("OPENAI_BASE_URL").is_none();
    let or = |name, own: &str| env::var(name).unwrap_or(own.into());
    let client = Client {
        http: reqwest::Client::new(),
        base: or("OPENAI_BASE_URL", &server.base_url()),
        key: or("OPENAI_API_KEY", "none").into(),
        model: or(
            "WORKBOOK_MODEL",
            if own { "scripted" } else { "gpt-4o-mini" },
        ),
        idle: Duration::from_secs(if own { 1 } else { 30 }),
    };
    println!("Asking");
    let result = show(&client, "May it stall?").await;
    match &result {
        Ok(()) => println!("The answer is whole"),
        Err(error) => println!("Failed: {error}"),
    }
    // What a real service does is reported, not asserted.
    assert!(!own || result == Err(Error::Timeout), "a stall is an error");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key is never printed.
    #[test]
    fn a_key_is_never_printed() {
        let key: SecretString = "sk-secret".into();
        assert!(!format!("{key:?}").contains("sk-secret"));
    }
}
