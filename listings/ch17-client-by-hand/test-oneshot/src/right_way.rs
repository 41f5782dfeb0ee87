//! A service without a connection: `cargo run --bin test-oneshot-right-way`
use axum::body::Body;
use axum::http::Request;
use futures::TryStreamExt;
use http_body_util::BodyExt;
use llm_client::{Error, Limits, Piece, pieces};
use llm_server::{LlmServer, Malformed, Model, Script};
use std::time::Duration;
use tokio::time::Instant;
use tower::ServiceExt;

/// The pieces that our client makes of what the router answers.
async fn ask(llm: &LlmServer, prompt: &str) -> Result<Vec<Piece>, Error> {
    let messages = serde_json::json!([{ "role": "user", "content": prompt }]);
    let body = serde_json::json!({
        "model": "scripted", "messages": messages, "stream": true,
    });
    let request = Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .expect("it is well-formed");
    // A router is a tower service: one call, one response, no network.
    let Ok(response) = llm.router().oneshot(request).await;
    let (head, body) = response.into_parts();
    let lost = |error: axum::Error| Error::Unreachable(error.to_string());
    if head.status.is_success() {
        let body = TryStreamExt::map_err(body.into_data_stream(), lost);
        return pieces(body, Limits::default()).try_collect().await;
    }
    let body = body.collect().await.map_err(lost)?.to_bytes();
    Err(Error::of(head.status, &head.headers, &body))
}

fn server(make: fn(Model) -> Model) -> LlmServer {
    let model = Model::new("scripted")
        .says("Größe zählt")
        .first_token(Duration::from_millis(250))
        .between_tokens(Duration::from_millis(150));
    LlmServer::new(Script::new().model(make(model)))
}

/// The clock stands still: this takes no time, and the time is exact.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Error> {
    let start = Instant::now();
    let llm = server(|model| model.malformed(Malformed::SplitUtf8));
    let pieces = ask(&llm, "Does it?").await?;
    println!("{} pieces after {:?}", pieces.len(), start.elapsed());
    assert_eq!(start.elapsed(), Duration::from_millis(400));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a server may send: each valid form is the same two pieces after
    /// the same 400 milliseconds, each invalid one is a typed error.
    #[tokio::test(start_paused = true)]
    async fn each_form_of_a_stream_is_read_or_refused() {
        let text = |text: &str| Piece::Text(text.into());
        let whole = Ok(vec![text("Größe"), text(" zählt")]);
        for make in [
            |m: Model| m.malformed(Malformed::Crlf),
            |m: Model| m.malformed(Malformed::Comments),
            |m: Model| m.malformed(Malformed::SeveralDataLines),
            |m: Model| m.malformed(Malformed::SplitUtf8),
        ] {
            let start = Instant::now();
            assert_eq!(ask(&server(make), "").await, whole);
            assert_eq!(start.elapsed(), Duration::from_millis(400));
        }
        let llm = server(|m| m.malformed(Malformed::NoDone));
        assert_eq!(ask(&llm, "").await, Err(Error::HungUp));
        let llm = server(|m| m.stalls_after(1));
        assert_eq!(ask(&llm, "").await, Err(Error::Timeout));
        for make in [
            |m: Model| m.malformed(Malformed::Garbage),
            |m: Model| m.malformed(Malformed::InvalidUtf8),
        ] {
            let error = ask(&server(make), "").await.expect_err("spoiled");
            assert!(matches!(error, Error::Protocol(_)), "{error}");
        }
    }
}
