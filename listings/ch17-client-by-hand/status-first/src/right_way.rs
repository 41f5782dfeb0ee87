//! The status first: `cargo run --bin status-first-right-way`
use llm_server::{Failure, LlmServer, Model, Script};
use reqwest::Client;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the key was refused")]
    Unauthorized,
    #[error("too many requests, wait {0:?}")]
    RateLimited(Option<Duration>),
    #[error("no credit left")]
    QuotaExhausted,
    #[error("refused: {0}")]
    Refused(u16),
    #[error("not reached: {0}")]
    Unreachable(#[from] reqwest::Error),
}

async fn ask(http: &Client, base: &str) -> Result<String, Error> {
    let url = format!("{base}/chat/completions");
    let messages = json!([{ "role": "user", "content": "Is it safe?" }]);
    let request = json!({ "model": "scripted", "messages": messages });
    let call = http.post(url).json(&request).send();
    let response = call.await?;
    let status = response.status();
    // A header and a code tell apart what the status does not.
    let after = response.headers().get("retry-after").cloned();
    let after = after.and_then(|after| after.to_str().ok()?.parse().ok());
    let body: Value = response.json().await.unwrap_or_default();
    match (status.as_u16(), body["error"]["code"].as_str()) {
        (200..300, _) => {
            let text = body["choices"][0]["message"]["content"].as_str();
            Ok(text.unwrap_or_default().to_owned())
        }
        (401 | 403, _) => Err(Error::Unauthorized),
        (429, Some("insufficient_quota")) => Err(Error::QuotaExhausted),
        (429, _) => Err(Error::RateLimited(after.map(Duration::from_secs))),
        (status, _) => Err(Error::Refused(status)),
    }
}

/// A server that refuses in this way, and then answers.
async fn ask_one_that_has(
    failure: Failure,
    http: &Client,
) -> [Result<String, Error>; 2] {
    let model = Model::new("scripted").says("No").fails(1, failure);
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await.expect("a port is free");
    let base = server.base_url();
    [ask(http, &base).await, ask(http, &base).await]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::new();
    for failure in [
        Failure::Unauthorized,
        Failure::RateLimited(Some(Duration::from_secs(2))),
        Failure::InsufficientQuota,
        Failure::ServerError,
    ] {
        println!("Asking a server that will say {failure:?}");
        let [refused, answered] = ask_one_that_has(failure, &http).await;
        let error = refused.expect_err("it is scripted to refuse");
        println!("Error: {error}");
        assert!(answered.is_ok(), "the next attempt is answered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two refusals with the same status are two errors.
    #[tokio::test]
    async fn no_credit_is_told_from_too_many_requests() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::new();
        let [e, _] = ask_one_that_has(Failure::InsufficientQuota, &http).await;
        assert!(matches!(e, Err(Error::QuotaExhausted)));
        let [e, _] = ask_one_that_has(Failure::RateLimited(None), &http).await;
        assert!(matches!(e, Err(Error::RateLimited(None))));
    }
}
