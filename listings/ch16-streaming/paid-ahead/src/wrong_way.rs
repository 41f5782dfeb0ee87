//! Nobody reads, and the model writes on: `cargo run --bin paid-ahead-wrong-way`
use llm_server::{LlmServer, Model, Script};
use serde_json::json;
use std::error::Error;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const FIRST: Duration = Duration::from_secs(5);
const READING: Duration = Duration::from_secs(1);

/// Shows the beginning of an answer to somebody who does not read on, and
/// gives up after a second. Returns how many bytes were shown.
async fn visit(http: &reqwest::Client, url: &str) -> reqwest::Result<usize> {
    let body = json!({
        "model": "talkative",
        "messages": [{ "role": "user", "content": "Tell me all you know." }],
        "stream": true,
    });
    let response = http.post(url).json(&body).send().await?;
    let mut answer = response.error_for_status()?;
    let beginning = answer.chunk().await?;
    // Nothing is read now, so the server can't write: that is the belief.
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
    // How many exactly is up to the buffers of the system.
    assert!(paid > 1000, "it wrote as far as the buffers reach");
    println!("More than 1000 tokens are paid for");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that stops costs no less until all buffers are full.
    #[tokio::test(start_paused = true)]
    async fn more_than_a_thousand_tokens_are_paid_for_unread() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert!(run().await.expect("the server answers") > 1000);
    }
}
