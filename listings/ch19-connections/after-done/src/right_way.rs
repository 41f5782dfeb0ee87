//! Read on to the end of the body: `cargo run --bin after-done-right-way`
use axum::Router;
use axum::body::Body;
use axum::routing::post;
use bytes::Bytes;
use futures::{StreamExt, stream};
use llm_client::Parser;
use loopback::Server;
use reqwest::Client;
use serde_json::Value;
use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;
use tokio::time::{sleep, timeout};

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
async fn ask(
    client: &Client,
    url: &str,
    patience: Duration,
) -> Result<String, Box<dyn Error>> {
    let request = client.post(url).body("Twice two?");
    let mut response = request.send().await?.error_for_status()?;
    let mut answer = Answer {
        parser: Parser::new(MOST),
        text: String::new(),
        finish_reason: None,
    };
    while answer.finish_reason.is_none() {
        let bytes = response.chunk().await?;
        answer.take(&bytes.ok_or("the answer broke off")?)?;
    }
    // The answer is here; only the end of its body is not. Wait for that a
    // little, and the connection is free for the next call. An end that is
    // late or lost takes nothing from the answer.
    let rest = async {
        while let Ok(Some(bytes)) = response.chunk().await {
            answer.take(&bytes)?;
        }
        Ok::<_, Box<dyn Error>>(())
    };
    timeout(patience, rest).await.unwrap_or(Ok(()))?;
    answer.whole()
}

/// What has come of an answer.
struct Answer {
    parser: Parser,
    text: String,
    finish_reason: Option<String>,
}

impl Answer {
    /// Takes what has come. Behind the `finish_reason` only an error counts:
    /// `[DONE]`, or what else isn't understood, takes nothing from the answer.
    fn take(&mut self, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
        let events = match self.parser.feed(bytes) {
            Err(_) if self.finish_reason.is_some() => return Ok(()),
            events => events?,
        };
        for event in events {
            if event.name == "error" {
                return Err(event.data.into());
            }
            let event: Value = match serde_json::from_str(&event.data) {
                Err(_) if self.finish_reason.is_some() => continue,
                event => event?,
            };
            if let Some(error) = event.get("error").filter(|e| !e.is_null()) {
                return Err(error.to_string().into());
            }
            let choice = &event["choices"][0];
            self.text.extend(choice["delta"]["content"].as_str());
            if self.text.len() > MOST {
                return Err("the answer is too long".into());
            }
            let reason = choice["finish_reason"].as_str().map(str::to_owned);
            self.finish_reason = reason.or(self.finish_reason.take());
        }
        Ok(())
    }

    fn whole(self) -> Result<String, Box<dyn Error>> {
        match self.finish_reason.unwrap_or_default().as_str() {
            "stop" if self.text.trim().is_empty() => {
                Err("the answer has no text".into())
            }
            "stop" => Ok(self.text),
            why => Err(format!("cut off: {why}").into()),
        }
    }
}

/// Asks ten times in turn. Returns how many connections that took.
async fn run(patience: Duration) -> Result<usize, Box<dyn Error>> {
    let app = Router::new().route("/", post(answer));
    // Two round trips of 100 ms: what TLS takes to begin.
    let server = Server::far(app, Duration::from_millis(200)).await?;
    let client = loopback::client().build()?;
    for _ in 0..10 {
        ask(&client, &server.url, patience).await?;
    }
    Ok(server.connections())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let connections = run(Duration::from_millis(300)).await?;
    println!("10 answers, {connections} connection");
    assert_eq!(connections, 1, "all calls shared it");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten calls that read on after `[DONE]` take one connection.
    #[tokio::test]
    async fn ten_calls_take_one_connection() {
        let connections = run(Duration::from_secs(5)).await;
        assert_eq!(connections.expect("all is answered"), 1);
    }

    /// Asks a server that sends these bytes, and never ends its body.
    async fn asked(bytes: &'static str) -> Result<String, Box<dyn Error>> {
        let events = stream::iter([Ok::<_, Infallible>(Bytes::from(bytes))]);
        let body = || Body::from_stream(events.chain(stream::pending()));
        let app = Router::new().route("/", post(async move || body()));
        let server = Server::start(app).await?;
        let client = loopback::client().build()?;
        ask(&client, &server.url, Duration::from_millis(50)).await
    }

    /// However its lines end and whatever comes behind them, an answer that is
    /// whole isn't lost; one that isn't is an error.
    #[tokio::test]
    async fn an_answer_is_over_when_its_model_says_so() {
        let whole = asked(
            "data: {\"choices\": [{\"delta\": {\"content\": \"Four\"}, \
             \"finish_reason\": \"stop\"}]}\r\n\r\n\
             data: [DONE]\r\n\r\n: bye\r\n\r\n",
        );
        assert_eq!(whole.await.expect("it is whole"), "Four");
        let cut = "data: {\"choices\":[{\"finish_reason\":\"length\"}]}\n\n";
        let cut = asked(cut).await.expect_err("it is cut off");
        assert_eq!(cut.to_string(), "cut off: length");
        let empty = "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\n";
        let empty = asked(empty).await.expect_err("it is empty");
        assert_eq!(empty.to_string(), "the answer has no text");
    }

    /// An error of the provider's is told in its words, before the end of the
    /// answer and behind it. Nothing else behind it counts.
    #[tokio::test]
    async fn an_error_takes_the_answer_back() {
        for tail in [
            "event: error\ndata: overloaded\n\n",
            "data: {\"error\":\"overloaded\"}\n\n",
        ] {
            let behind = [EVENTS[0], EVENTS[1], tail].concat().leak();
            let before = [EVENTS[0], tail].concat().leak();
            for bytes in [behind, before] {
                let error = asked(bytes).await.expect_err("it failed");
                assert!(error.to_string().contains("overloaded"), "{error}");
            }
        }
        let broken = [EVENTS[0], EVENTS[1], "data: {\n\n"].concat().leak();
        assert_eq!(asked(broken).await.expect("it is whole"), "Four");
    }
}
