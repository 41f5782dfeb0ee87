//! An output limit: `cargo run --bin paid-ahead-right-way`
use llm_server::{LlmServer, Model, Script};
use serde_json::json;
use std::error::Error;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const FIRST: Duration = Duration::from_secs(5);
const READING: Duration = Duration::from_secs(1);
const MAX_TOKENS: u64 = 40;

/// Shows the beginning of an answer to somebody who does not read on, and
/// gives up after a second. Returns how many bytes were shown.
async fn visit(http: &reqwest::Client, url: &str) -> reqwest::Result<usize> {
    let body = json!({
        "model": "talkative",
        "messages": [{ "role": "user", "content": "Tell me all you know." }],
        "stream": true,
        "max_completion_tokens": MAX_TOKENS,
    });
    let response = http.post(url).json(&body).send().await?;
    let mut answer = response.error_for_status()?;
    let beginning = answer.chunk().await?;
    // Meanwhile nothing is read. The model writes on all the same, up to its
    // limit: the buffers in between have room for that.
    sleep(READING).await;
    Ok(beginning.map_or(0, |bytes| bytes.len()))
}

/// Returns how many tokens the provider has counted by the end.
async fn run() -> Result<u64, Box<dyn Error>> {
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let model = Model::new("talkative").says("and so on ".repeat(100_000));
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await?;
    let url = format!("{}/chat/completions", server.base_url());
    let http = reqwest::Client::builder().no_proxy().build()?;
    let shown = timeout(FIRST + READING, visit(&http, &url)).await??;
    assert!(shown > 0, "the beginning was shown");
    Ok(llm.seen().completion_tokens)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("Asking, and reading no more than the beginning");
    let paid = run().await?;
    println!("{paid} tokens are paid for");
    assert_eq!(paid, MAX_TOKENS, "whether they are read or not");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An output limit holds, whether anybody reads or not.
    #[tokio::test(start_paused = true)]
    async fn no_more_tokens_are_paid_for_than_were_allowed() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert_eq!(run().await.expect("the server answers"), MAX_TOKENS);
    }
}
