//! Stop reading at `[DONE]`: `cargo run --bin after-done-wrong-way`
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use bytes::Bytes;
use futures::{StreamExt, stream};
use llm_client::Parser;
use loopback::Server;
use reqwest::{Client, Response};
use serde_json::Value;
use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;
use tokio::time::sleep;

const EVENTS: [&str; 3] = [
    "data: {\"choices\":[{\"delta\":{\"content\":\"Four\"}}]}\n\n",
    "data: {\"choices\":[{\"delta\":{},\"finish_reason\": \"stop\"}]}\n\n",
    "data: [DONE]\n\n",
];

/// No answer of ours has more bytes, nor an event of one.
const MOST: usize = 1 << 20;

/// All events are sent at once; the body ends 60 ms later, when the server
/// has written down what the answer cost.
async fn answer() -> Body {
    let events = stream::iter(EVENTS).map(Bytes::from);
    let end = stream::once(sleep(Duration::from_millis(60)));
    let events = events.chain(end.map(|()| Bytes::new()));
    Body::from_stream(events.map(Ok::<_, Infallible>))
}

/// Asks once. Returns the text of a whole answer.
async fn ask(client: &Client, url: &str) -> Result<String, Box<dyn Error>> {
    let request = client.post(url).body("Twice two?");
    let response = request.send().await?.error_for_status()?;
    let (text, finish) = read(response).await?;
    if finish.as_deref() != Some("stop") {
        return Err("the answer is not whole".into());
    }
    Ok(text)
}

/// Reads up to `[DONE]`. Returns the text, and the last `finish_reason`.
async fn read(
    mut response: Response,
) -> Result<(String, Option<String>), Box<dyn Error>> {
    let (mut text, mut parser) = (String::new(), Parser::new(MOST));
    let mut finish = None;
    while let Some(bytes) = response.chunk().await? {
        for event in parser.feed(&bytes)? {
            if event.data == "[DONE]" {
                // The last event: what more is there to wait for?
                return Ok((text, finish));
            }
            let event: Value = serde_json::from_str(&event.data)?;
            let choice = &event["choices"][0];
            text.extend(choice["delta"]["content"].as_str());
            let reason = choice["finish_reason"].as_str();
            finish = reason.map(str::to_owned).or(finish);
        }
        if text.len() > MOST {
            return Err("the answer is too long".into());
        }
    }
    Ok((text, finish))
}

/// Asks ten times in turn. Returns how many connections that took.
async fn run() -> Result<usize, Box<dyn Error>> {
    let app = Router::new().route("/", post(answer));
    // Two round trips of 100 ms: what TLS takes to begin.
    let server = Server::far(app, Duration::from_millis(200)).await?;
    let client = loopback::client().build()?;
    for _ in 0..10 {
        ask(&client, &server.url).await?;
    }
    Ok(server.connections())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let connections = run().await?;
    println!("10 answers, {connections} connections");
    assert_eq!(connections, 10, "each call opened its own");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten calls that stop at `[DONE]` take ten connections.
    #[tokio::test(start_paused = true)]
    async fn ten_calls_take_ten_connections() {
        loopback::tick(); // or the clock leaps over what sockets carry
        assert_eq!(run().await.expect("all is answered"), 10);
    }
}
