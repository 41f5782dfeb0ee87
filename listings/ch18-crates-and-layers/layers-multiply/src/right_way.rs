//! One layer retries: `cargo run --bin layers-multiply-right-way`
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs,
};
use llm_server::{Failure, LlmServer, Model, Script};
use std::error::Error;
use std::time::Duration;
use tokio::time::timeout;

fn request() -> Result<CreateChatCompletionRequest, OpenAIError> {
    let message = ChatCompletionRequestUserMessage::from("How are you?");
    CreateChatCompletionRequestArgs::default()
        .model("scripted")
        .messages([message.into()])
        .build()
}

/// One attempt of ours. The client retries, and knows best what and when.
async fn ask(base: &str) -> Result<(), Box<dyn Error>> {
    let config = OpenAIConfig::new().with_api_base(base).with_api_key("none");
    let client = Client::with_config(config);
    println!("Our attempt");
    // It sets no limit on time, so that one is ours, for all its attempts.
    let limit = Duration::from_secs(10);
    timeout(limit, client.chat().create(request()?)).await??;
    Ok(())
}

/// How many requests a server sees that is down.
async fn requests() -> u64 {
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let model = Model::new("scripted");
    let down = (1..=50).fold(model, |m, n| m.fails(n, Failure::ServerError));
    let llm = LlmServer::new(Script::new().model(down));
    let server = llm.listen("127.0.0.1:0").await.expect("a port is free");
    ask(&server.base_url()).await.expect_err("it is down");
    println!("Failed");
    llm.seen().requests
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let requests = requests().await;
    println!("{requests} requests");
    assert_eq!(requests, 4, "the first, and the client's three retries");
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;
    use llm_server::Malformed;

    /// The client's own retries are four requests.
    #[tokio::test]
    async fn four_requests_for_one_question() {
        assert_eq!(requests().await, 4);
    }

    /// A stream that ends without `[DONE]` is no error to the crate.
    #[tokio::test]
    async fn a_stream_without_done_is_no_error() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let model = Model::new("scripted").malformed(Malformed::NoDone);
        let llm = LlmServer::new(Script::new().model(model));
        let server = llm.listen("127.0.0.1:0").await.expect("a port is free");
        let config = OpenAIConfig::new().with_api_base(server.base_url());
        let client = Client::with_config(config.with_api_key("none"));
        let request = request().expect("it is complete");
        let stream = client.chat().create_stream(request).await;
        let items: Vec<_> = stream.expect("it begins").collect().await;
        assert!(items.iter().all(Result::is_ok));
    }
}
