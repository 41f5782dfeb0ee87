//! A client without limits: `cargo run --bin by-hand-wrong-way`
use eventsource_stream::Eventsource;
use futures::StreamExt;
use llm_server::{LlmServer, Model, Script};
use serde_json::{Value, json};
use std::error::Error;
use std::pin::pin;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let text = "Streams may stall at any word.";
    let model = Model::new("scripted").says(text).stalls_after(3);
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await?;

    println!("Asking");
    let messages = json!([{ "role": "user", "content": "May it stall?" }]);
    let response = reqwest::Client::new()
        .post(format!("{}/chat/completions", server.base_url()))
        .json(&json!({
            "model": "scripted",
            "messages": messages,
            "stream": true,
        }))
        .send()
        .await?
        .error_for_status()?;
    let mut events = pin!(response.bytes_stream().eventsource());
    // The connection is open, so there may be another event, one day.
    while let Some(event) = events.next().await {
        let data = event?.data;
        if data == "[DONE]" {
            break;
        }
        let chunk: Value = serde_json::from_str(&data)?;
        if let Some(token) = chunk["choices"][0]["delta"]["content"].as_str() {
            println!("> {}", token.trim());
        }
    }
    println!("The answer is whole");
    Ok(())
}
