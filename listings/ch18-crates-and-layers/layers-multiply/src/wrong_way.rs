//! A retry around a retry: `cargo run --bin layers-multiply-wrong-way`
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs,
};
use backon::{ExponentialBuilder, Retryable};
use llm_server::{Failure, LlmServer, Model, Script};
use std::time::Duration;

fn request() -> Result<CreateChatCompletionRequest, OpenAIError> {
    let message = ChatCompletionRequestUserMessage::from("How are you?");
    CreateChatCompletionRequestArgs::default()
        .model("scripted")
        .messages([message.into()])
        .build()
}

/// Three attempts of ours. The client makes some of its own in each.
async fn ask(base: &str) -> Result<(), OpenAIError> {
    let config = OpenAIConfig::new().with_api_base(base).with_api_key("none");
    let client = Client::with_config(config);
    let waits = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_times(2);
    let attempt = || async {
        println!("Our attempt");
        client.chat().create(request()?).await
    };
    attempt.retry(waits).await.map(|_| ())
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
    assert_eq!(requests, 12, "three of ours, times four of the client's");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three attempts around a client that makes four are twelve requests.
    #[tokio::test(start_paused = true)]
    async fn twelve_requests_for_one_question() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert_eq!(requests().await, 12);
    }
}
