//! A service without a connection: `cargo run --bin test-oneshot-right-way`
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use futures::TryStreamExt;
use llm_client::{Cause, Error, Limits, Piece, Refusal, pieces};
use llm_server::{LlmServer, Malformed, Model, Script};
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tower::ServiceExt;

/// The pieces that our client makes of what a router answers.
async fn ask(router: Router, prompt: &str) -> Result<Vec<Piece>, Error> {
    let messages = serde_json::json!([{ "role": "user", "content": prompt }]);
    let body = serde_json::json!({
        "model": "scripted", "messages": messages, "stream": true,
    });
    let request = Request::post("/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .expect("it is well-formed");
    let limits = Limits::default();
    // A router is a tower service: one call, one response, no network.
    let response = timeout(limits.first, router.oneshot(request)).await;
    let late = |_| Error::head(Cause::TimedOut(limits.first));
    let Ok(response) = response.map_err(late)?;
    let (head, body) = response.into_parts();
    if head.status.is_success() {
        return pieces(body.into_data_stream(), limits).try_collect().await;
    }
    let body = to_bytes(body, limits.refusal_bytes);
    let body = timeout(limits.refusal, body)
        .await
        .ok()
        .and_then(Result::ok);
    // The status counts without it, too.
    let body = body.unwrap_or_default();
    let refusal = Refusal::of(head.status, &head.headers, &body);
    Err(Error::head(refusal.into()))
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
    let pieces = ask(llm.router(), "Does it?").await?;
    println!("{} pieces after {:?}", pieces.len(), start.elapsed());
    assert_eq!(start.elapsed(), Duration::from_millis(400));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;
    use futures::stream;
    use llm_client::{Phase, RefusalKind};
    use llm_server::Failure;

    /// What a server may send: each valid form is the same two pieces after
    /// the same 400 milliseconds.
    #[tokio::test(start_paused = true)]
    async fn each_form_of_a_stream_is_read() {
        let text = |text: &str| Piece::Text(text.into());
        let whole = Ok(vec![text("Größe"), text(" zählt")]);
        for make in [
            |m: Model| m.malformed(Malformed::Crlf),
            |m: Model| m.malformed(Malformed::Comments),
            |m: Model| m.malformed(Malformed::SeveralDataLines),
            |m: Model| m.malformed(Malformed::SplitUtf8),
            // `stop` was said, so nothing is missing.
            |m: Model| m.malformed(Malformed::NoDone),
        ] {
            let start = Instant::now();
            assert_eq!(ask(server(make).router(), "").await, whole);
            assert_eq!(start.elapsed(), Duration::from_millis(400));
        }
    }

    type Case = (fn(Model) -> Model, fn(&Cause) -> bool);

    /// Each that breaks off is a typed error, which has the text so far.
    #[tokio::test(start_paused = true)]
    async fn what_breaks_off_is_an_error() {
        let is_garbled = |cause: &Cause| matches!(cause, Cause::Garbled(_));
        let is_lost = |cause: &Cause| matches!(cause, Cause::Lost(_));
        let is_late = |cause: &Cause| matches!(cause, Cause::TimedOut(_));
        let cases: [Case; 4] = [
            (|m| m.malformed(Malformed::Garbage), is_garbled),
            (|m| m.malformed(Malformed::InvalidUtf8), is_garbled),
            (|m| m.hangs_up_after(1), is_lost),
            (|m| m.stalls_after(1), is_late),
        ];
        for (make, is_expected) in cases {
            let answer = ask(server(make).router(), "").await;
            let error = answer.expect_err("broken off");
            assert!(is_expected(&error.cause), "{error}");
            assert_eq!(error.phase, Phase::Answer);
            assert_eq!(error.so_far, "Größe");
        }
    }

    /// A refusal is judged by its body as well as by its status.
    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_read() {
        let llm = server(|m| m.fails(1, Failure::InsufficientQuota));
        let error = ask(llm.router(), "").await.expect_err("it refuses");
        let kind = error.refusal().map(|refusal| refusal.kind);
        assert_eq!(kind, Some(RefusalKind::NoCredit));
    }

    /// A head that doesn't come is given up, and a refusal counts without its
    /// body.
    #[tokio::test(start_paused = true)]
    async fn nothing_is_waited_for_for_ever() {
        let (limits, start) = (Limits::default(), Instant::now());
        let silent = Router::new().fallback(std::future::pending::<()>);
        let error = ask(silent, "").await.expect_err("no head");
        assert_eq!(error.cause, Cause::TimedOut(limits.first));
        assert_eq!(start.elapsed(), limits.first);
        let start = Instant::now();
        let refusal = async || {
            let body = stream::pending::<Result<String, std::io::Error>>();
            (StatusCode::UNAUTHORIZED, Body::from_stream(body))
        };
        let refusal = Router::new().fallback(refusal);
        let error = ask(refusal, "").await.expect_err("it refuses");
        let kind = error.refusal().map(|refusal| refusal.kind);
        assert_eq!(kind, Some(RefusalKind::Key));
        assert_eq!(start.elapsed(), limits.refusal);
    }
}
