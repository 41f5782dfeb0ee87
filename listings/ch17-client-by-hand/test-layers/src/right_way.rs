//! Exact times, and no socket: `cargo run --bin test-layers-right-way`
use futures::TryStreamExt;
use http_body_util::BodyExt;
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use llm_client::{Answer, Error, Limits, pieces};
use llm_server::{Failure, LlmServer, Model, Script};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The two halves of our client, around a connection that is given.
async fn ask(connection: &mut SendRequest<String>) -> Result<Answer, Error> {
    let lost = |error: hyper::Error| Error::Unreachable(error.to_string());
    let messages = serde_json::json!([{ "role": "user", "content": "Go" }]);
    let body = serde_json::json!({
        "model": "scripted", "messages": messages, "stream": true,
    });
    let request = Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .body(body.to_string())
        .expect("it is well-formed");
    let response = connection.send_request(request).await.map_err(lost)?;
    let (head, body) = response.into_parts();
    if head.status.is_success() {
        let body = body.into_data_stream().map_err(lost);
        return Ok(pieces(body, Limits::default()));
    }
    let body = body.collect().await.map_err(lost)?.to_bytes();
    Err(Error::of(head.status, &head.headers, &body))
}

/// When the first token came, when the last, and how many attempts it took.
async fn run() -> Result<(Duration, Duration, u64), Box<dyn std::error::Error>>
{
    let model = Model::new("scripted")
        .says("one two three four five six")
        .first_token(Duration::from_millis(250))
        .between_tokens(Duration::from_millis(150))
        .fails(1, Failure::RateLimited(Some(Duration::from_secs(2))));
    let llm = LlmServer::new(Script::new().model(model));
    // A pipe in memory: both ends are woken by each other, never by a socket.
    let (ours, theirs) = tokio::io::duplex(4096);
    let server = llm.clone();
    tokio::spawn(async move { server.serve_connection(theirs).await });
    let (mut sender, connection) = handshake(TokioIo::new(ours)).await?;
    tokio::spawn(connection);

    let start = Instant::now();
    let mut answer = loop {
        match ask(&mut sender).await {
            Err(Error::RateLimited {
                retry_after: Some(wait),
            }) => {
                sleep(wait).await;
            }
            other => break other?,
        }
    };
    answer.try_next().await?;
    let first = start.elapsed();
    while answer.try_next().await?.is_some() {}
    Ok((first, start.elapsed(), llm.seen().requests))
}

/// The clock stands still: this takes no time, and the times are exact.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (first, end, attempts) = run().await?;
    println!("{attempts} attempts");
    println!("First token at {first:?}, last at {end:?}");
    assert_eq!(first, Duration::from_millis(2250));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A refusal with `Retry-After: 2`, then an answer: its first token comes
    /// at 2.25 seconds, its last at 3, and the server sees two requests.
    #[tokio::test(start_paused = true)]
    async fn the_first_token_comes_at_2250_milliseconds_the_last_at_3000() {
        let expected = (Duration::from_millis(2250), Duration::from_secs(3), 2);
        assert_eq!(run().await.expect("it is answered"), expected);
    }
}
