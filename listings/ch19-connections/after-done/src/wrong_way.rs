//! Stop reading at `[DONE]`: `cargo run --bin after-done-wrong-way`
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use bytes::Bytes;
use futures::{StreamExt, stream};
use loopback::Server;
use reqwest::Client;
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

/// No answer of ours has more bytes.
const MOST: usize = 1 << 20;

/// All events are sent at once; the body ends 60 ms later, when the server
/// has written down what the answer cost.
async fn answer() -> Body {
    let events = stream::iter(EVENTS).map(Bytes::from);
    let end = stream::once(sleep(Duration::from_millis(60)));
    let events = events.chain(end.map(|()| Bytes::new()));
    Body::from_stream(events.map(Ok::<_, Infallible>))
}

/// Whether the model came to its end, as an event of its answer says.
fn is_whole(answer: &str) -> serde_json::Result<bool> {
    let events = answer.lines().filter_map(|line| line.strip_prefix("data:"));
    for event in events.map(str::trim).take_while(|data| *data != "[DONE]") {
        let event: Value = serde_json::from_str(event)?;
        if event["choices"][0]["finish_reason"] == "stop" {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Asks once. Returns the events of a whole answer.
async fn ask(client: &Client, url: &str) -> Result<String, Box<dyn Error>> {
    let request = client.post(url).body("Twice two?");
    let mut response = request.send().await?.error_for_status()?;
    let mut answer = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        answer.extend_from_slice(&chunk);
        if answer.len() > MOST {
            return Err("the answer is too long".into());
        }
        if answer.ends_with(b"data: [DONE]\n\n") {
            // The last event: what more is there to wait for?
            break;
        }
    }
    let answer = String::from_utf8(answer)?;
    if !is_whole(&answer)? {
        return Err("the answer is not whole".into());
    }
    Ok(answer)
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
