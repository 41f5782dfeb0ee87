//! Three limits that miss: `cargo run --bin pings-wrong-way`
use pings::{chunks, serve};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::json;
use std::{error::Error, pin::pin, time::Duration};
use tokio::time::timeout;
use tokio_stream::StreamExt;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const LIMIT: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_millis(1500);

fn request(http: &Client, url: &str, model: &str) -> RequestBuilder {
    let prompt = json!([{ "role": "user", "content": "May it stall?" }]);
    let body = json!({ "model": model, "messages": prompt, "stream": true });
    http.post(url).json(&body)
}

/// Counts the words of an answer as they come.
async fn read(response: Response, words: &mut usize) -> Result<()> {
    let mut chunks = pin!(chunks(response.error_for_status()?.bytes_stream()));
    while let Some(chunk) = chunks.try_next().await? {
        let word = &chunk["choices"][0]["delta"]["content"];
        *words += usize::from(word.is_string());
    }
    Ok(())
}

/// A limit between two reads of the socket: a ping is a read.
async fn between_reads(url: &str) -> Result<usize> {
    let http = Client::builder().no_proxy().read_timeout(LIMIT).build()?;
    let response = request(&http, url, "stuck").send().await?;
    let mut words = 0;
    let end = timeout(PATIENCE, read(response, &mut words)).await;
    assert!(end.is_err(), "it has not noticed that nothing comes");
    println!("read_timeout: {words} words, and still waiting");
    Ok(words)
}

/// A limit on sending: it is met when the head is there.
async fn on_sending(url: &str) -> Result<usize> {
    let http = Client::builder().no_proxy().build()?;
    let response =
        timeout(LIMIT, request(&http, url, "stuck").send()).await??;
    let mut words = 0;
    let end = timeout(PATIENCE, read(response, &mut words)).await;
    assert!(end.is_err(), "the limit was over with the head");
    println!("timeout on send: {words} words, and still waiting");
    Ok(words)
}

/// A limit on all of it: this model is well, and takes its time.
async fn on_the_whole(url: &str) -> Result<usize> {
    let http = Client::builder().no_proxy().timeout(LIMIT).build()?;
    let response = request(&http, url, "healthy").send().await?;
    let mut words = 0;
    let end = read(response, &mut words).await;
    assert!(end.is_err(), "it was cut off");
    println!("timeout: cut off after {words} of 11 words");
    Ok(words)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = serve().await?;
    println!("A limit between two reads");
    assert_eq!(between_reads(&server.url).await?, 3);
    println!("A limit on sending");
    assert_eq!(on_sending(&server.url).await?, 3);
    println!("A limit on the whole");
    assert!(on_the_whole(&server.url).await? < 11, "all would be eleven");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two limits don't end an answer that is stuck, and the third ends one
    /// that is well.
    #[tokio::test(start_paused = true)]
    async fn no_limit_of_the_client_notices_a_model_that_is_stuck() {
        loopback::tick(); // or the clock leaps over what sockets carry
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = serve().await.expect("a port is free");
        let ends = tokio::join!(
            between_reads(&server.url),
            on_sending(&server.url),
            on_the_whole(&server.url),
        );
        assert_eq!((ends.0.unwrap(), ends.1.unwrap()), (3, 3));
        assert!(ends.2.unwrap() < 11);
    }
}
