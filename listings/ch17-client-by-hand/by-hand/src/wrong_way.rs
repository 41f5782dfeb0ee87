//! A client without limits: `cargo run --bin by-hand-wrong-way`
use futures::TryStreamExt;
use llm_client::{Parser, connections};
use llm_server::{LlmServer, Model, Script};
use serde_json::{Value, json};
use std::error::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let text = "Streams may stall at any word.";
    let model = Model::new("scripted").says(text).stalls_after(3);
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await?;

    println!("Asking");
    let url = format!("{}/chat/completions", server.base_url()).parse()?;
    let messages = json!([{ "role": "user", "content": "May it stall?" }]);
    let question = json!({
        "model": "scripted", "messages": messages, "stream": true,
    });
    let request = connections(&url)?.post(url).json(&question);
    let response = request.send().await?.error_for_status()?;
    let (mut body, mut parser) = (response.bytes_stream(), Parser::new(4096));
    // The connection is open, so there may be another event, one day.
    while let Some(bytes) = body.try_next().await? {
        for event in parser.feed(&bytes)? {
            if event.data == "[DONE]" {
                println!("The answer is whole");
                return Ok(());
            }
            let chunk: Value = serde_json::from_str(&event.data)?;
            let token = &chunk["choices"][0]["delta"]["content"];
            println!("> {}", token.as_str().unwrap_or_default().trim());
        }
    }
    Err("the connection was lost".into())
}
