//! An answer whatever the status: `cargo run --bin status-first-wrong-way`
use llm_server::{Failure, LlmServer, Model, Script};
use reqwest::Client;
use serde_json::{Value, json};
use std::error::Error;

async fn ask(http: &Client, base: &str) -> Result<String, reqwest::Error> {
    let url = format!("{base}/chat/completions");
    let messages = json!([{ "role": "user", "content": "Is it safe?" }]);
    let request = json!({ "model": "scripted", "messages": messages });
    // `send` is an error if there is no response. A refusal is a response.
    let response = http.post(url).json(&request).send();
    let body: Value = response.await?.json().await?;
    let text = body["choices"][0]["message"]["content"].as_str();
    Ok(text.unwrap_or_default().to_owned())
}

/// A server that refuses in this way.
async fn ask_one_that_has(
    failure: Failure,
    http: &Client,
) -> Result<String, Box<dyn Error>> {
    let model = Model::new("scripted").fails(1, failure);
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await?;
    Ok(ask(http, &server.base_url()).await?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::new();
    let mut answers = Vec::new();
    for failure in [
        Failure::Unauthorized,
        Failure::RateLimited(None),
        Failure::InsufficientQuota,
        Failure::ServerError,
    ] {
        println!("Asking a server that will say {failure:?}");
        let text = ask_one_that_has(failure, &http).await?;
        println!("Answer: \"{text}\"");
        answers.push(text);
    }
    assert_eq!(answers, [""; 4], "four refusals, four empty answers");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A refused request is an empty answer, and no error.
    #[tokio::test]
    async fn a_refusal_is_an_empty_answer() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let down = Failure::Overloaded(None);
        let answer = ask_one_that_has(down, &Client::new()).await;
        assert_eq!(answer.expect("no error"), "");
    }
}
