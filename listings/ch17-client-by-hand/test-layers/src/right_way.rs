//! Exact times, and no socket: `cargo run --bin test-layers-right-way`
use futures::TryStreamExt;
use http_body_util::{BodyExt, Collected, Limited};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use llm_client::{Answer, Backoff, Cause, Error, Jitter, Limits, Refusal};
use llm_client::{begun, pieces, retry};
use llm_server::{Failure, LlmServer, Model, Script};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// Our client's reading and judging, around a connection that is given.
async fn ask(connection: &mut SendRequest<String>) -> Result<Answer, Error> {
    let lost =
        |error: hyper::Error| Error::head(Cause::Lost(error.to_string()));
    let messages = serde_json::json!([{ "role": "user", "content": "Go" }]);
    let body = serde_json::json!({
        "model": "scripted", "messages": messages, "stream": true,
    });
    let request = Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .body(body.to_string())
        .expect("it is well-formed");
    let limits = Limits::default();
    let response = async {
        // The last answer may still be under way.
        connection.ready().await?;
        connection.send_request(request).await
    };
    let response = timeout(limits.first, response).await;
    let late = |_| Error::head(Cause::TimedOut(limits.first));
    let (head, body) = response.map_err(late)?.map_err(lost)?.into_parts();
    if head.status.is_success() {
        return begun(pieces(body.into_data_stream(), limits)).await;
    }
    let body = Limited::new(body, limits.refusal_bytes).collect();
    let body = timeout(limits.refusal, body)
        .await
        .ok()
        .and_then(Result::ok);
    // The status counts without it, too.
    let body = body.map(Collected::to_bytes).unwrap_or_default();
    let refusal = Refusal::of(head.status, &head.headers, &body);
    Err(Error::head(refusal.into()))
}

/// A connection in memory: each end wakes the other, and no socket does.
async fn connect(llm: &LlmServer) -> hyper::Result<SendRequest<String>> {
    let (ours, theirs) = tokio::io::duplex(4096);
    let server = llm.clone();
    tokio::spawn(async move { server.serve_connection(theirs).await });
    let (sender, connection) = handshake(TokioIo::new(ours)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

/// When the first token came, when the last, and how many attempts it took.
async fn run(
    model: Model,
) -> Result<(Duration, Duration, u64), Box<dyn std::error::Error>> {
    let llm = LlmServer::new(Script::new().model(model));
    let sender = connect(&llm).await?;
    let start = Instant::now();
    // Jitter has nothing to take a share of, so that the times are exact.
    let backoff = Backoff {
        base: Duration::ZERO,
        ..Backoff::default()
    };
    // One connection, and so one call at a time.
    let sender = Mutex::new(sender);
    let attempt = async || ask(&mut *sender.lock().await).await;
    let jitter = Jitter::random();
    let answer = retry(&backoff, &jitter, attempt, |_, _| ()).await;
    let first = start.elapsed();
    answer?.try_collect::<Vec<_>>().await?;
    Ok((first, start.elapsed(), llm.seen().requests))
}

fn model() -> Model {
    Model::new("scripted")
        .says("one two three four five six")
        .first_token(Duration::from_millis(250))
        .between_tokens(Duration::from_millis(150))
        .fails(1, Failure::RateLimited(Some(Duration::from_secs(2))))
}

/// The clock stands still: this takes no time, and the times are exact.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (first, end, attempts) = run(model()).await?;
    println!("{attempts} attempts");
    println!("First token at {first:?}, last at {end:?}");
    assert_eq!(first, Duration::from_millis(2250));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_client::RefusalKind;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    /// A refusal with `Retry-After: 2`, then an answer: its first token comes
    /// at 2.25 seconds, its last at 3, and the server sees two requests.
    #[tokio::test(start_paused = true)]
    async fn the_first_token_comes_at_2250_milliseconds_the_last_at_3000() {
        let expected = (Duration::from_millis(2250), Duration::from_secs(3), 2);
        assert_eq!(run(model()).await.expect("it is answered"), expected);
    }

    /// A head that doesn't come is given up after a minute.
    #[tokio::test(start_paused = true)]
    async fn a_head_is_waited_for_a_minute() {
        let (ours, _silent) = tokio::io::duplex(4096);
        let shaken = handshake(TokioIo::new(ours)).await;
        let (mut connection, background) = shaken.expect("it is in memory");
        tokio::spawn(background);
        let start = Instant::now();
        let answer = ask(&mut connection).await;
        let error = answer.err().expect("it is late");
        assert_eq!(error.cause, Cause::TimedOut(Duration::from_mins(1)));
        assert_eq!(start.elapsed(), Duration::from_mins(1));
    }

    /// A refusal counts without its body, which is waited for two seconds.
    #[tokio::test(start_paused = true)]
    async fn a_refusal_counts_without_its_body() {
        let (ours, mut theirs) = tokio::io::duplex(4096);
        let shaken = handshake(TokioIo::new(ours)).await;
        let (mut connection, background) = shaken.expect("it is in memory");
        tokio::spawn(background);
        let server = async {
            theirs.read_u8().await?; // the request comes
            let head = b"HTTP/1.1 401 No\r\ncontent-length: 9\r\n\r\n";
            theirs.write_all(head).await
        };
        let start = Instant::now();
        let (answer, sent) = tokio::join!(ask(&mut connection), server);
        sent.expect("it is read");
        let error = answer.err().expect("it is refused");
        let kind = error.refusal().map(|refusal| refusal.kind);
        assert_eq!(kind, Some(RefusalKind::Key));
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    /// A model that stalls after a token is given up thirty seconds later, to
    /// the millisecond.
    #[tokio::test(start_paused = true)]
    async fn a_stall_is_over_after_the_limit_on_silence() {
        let start = Instant::now();
        let stalling = Model::new("scripted").says("a b").stalls_after(1);
        let error = run(stalling).await.expect_err("it stalls").to_string();
        assert!(error.starts_with("nothing came for 30s"), "{error}");
        assert_eq!(start.elapsed(), Duration::from_secs(30));
    }
}
