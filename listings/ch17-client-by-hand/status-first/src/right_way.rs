//! The status first: `cargo run --bin status-first-right-way`
use llm_client::{Refusal, connections};
use llm_server::{Failure, LlmServer, Model, Script};
use reqwest::{Client, Response, Url};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tokio::time::{error::Elapsed, timeout};

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("no answer in time, and maybe billed")]
    TimedOut(#[from] Elapsed),
    // What reqwest prints of an error leaves out its cause: keep the chain.
    #[error("not reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("lost, and maybe billed")]
    Lost(#[source] reqwest::Error),
    #[error("refused: {0}")]
    Refused(Refusal),
    #[error("the body is larger than {MOST} bytes")]
    TooLarge,
    #[error("not understood: {0}")]
    Garbled(#[from] serde_json::Error),
    #[error("the answer is not whole: {0}")]
    NotWhole(String),
    #[error("the answer has no text")]
    Empty,
}

/// What is needed of an answer. What is missing is an error, and no default.
#[derive(Deserialize)]
struct Completion {
    choices: [Choice; 1],
}
#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: String,
}
#[derive(Deserialize)]
struct Message {
    content: String,
}

const LIMIT: Duration = Duration::from_secs(30);
const MOST: usize = 1 << 20;
/// For the body of a refusal: its status counts without it, too.
const REFUSAL: Duration = Duration::from_secs(2);
const MOST_REFUSAL: usize = 64 << 10;

async fn ask(http: &Client, base: &str) -> Result<String, Error> {
    let url = format!("{base}/chat/completions");
    let messages = json!([{ "role": "user", "content": "Is it safe?" }]);
    let request = json!({ "model": "scripted", "messages": messages });
    let sent = http.post(url).json(&request).send().await;
    let mut response = sent.map_err(unsent)?;
    if !response.status().is_success() {
        return Err(Error::Refused(refusal(response).await));
    }
    let mut body = Vec::new();
    let read = read(&mut response, MOST, &mut body).await;
    read.map_err(Error::Lost)?;
    if body.len() > MOST {
        return Err(Error::TooLarge);
    }
    let Completion { choices: [choice] } = serde_json::from_slice(&body)?;
    match (choice.finish_reason.as_str(), choice.message.content) {
        ("stop", text) if text.trim().is_empty() => Err(Error::Empty),
        ("stop", text) => Ok(text),
        // `length`, `content_filter`: what there is of it is no answer.
        _ => Err(Error::NotWhole(choice.finish_reason)),
    }
}

/// Reads to the end of a body, or until it is larger than `most` bytes.
async fn read(
    response: &mut Response,
    most: usize,
    body: &mut Vec<u8>,
) -> reqwest::Result<()> {
    while let Some(bytes) = response.chunk().await? {
        body.extend(bytes);
        if body.len() > most {
            break;
        }
    }
    Ok(())
}

/// Without a connection nothing was asked; later on, nobody knows.
fn unsent(error: reqwest::Error) -> Error {
    if error.is_connect() || error.is_builder() {
        Error::Unreachable(error)
    } else {
        Error::Lost(error)
    }
}

/// A code in the body tells apart what the status does not.
async fn refusal(mut response: Response) -> Refusal {
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    let reading = read(&mut response, MOST_REFUSAL, &mut body);
    let _ = timeout(REFUSAL, reading).await; // what came by then must do
    Refusal::of(status, &headers, &body)
}

/// A server that refuses in this way, and then answers.
async fn ask_one_that_has(
    failure: Failure,
    http: &Client,
) -> [Result<String, Error>; 2] {
    let model = Model::new("scripted").says("No").fails(1, failure);
    let llm = LlmServer::new(Script::new().model(model));
    let server = llm.listen("127.0.0.1:0").await.expect("a port is free");
    let base = server.base_url();
    let within = async || timeout(LIMIT, ask(http, &base)).await?;
    [within().await, within().await]
}

/// One client for all calls, since every client has a pool of its own.
fn client() -> reqwest::Result<Client> {
    connections(&Url::parse("http://localhost").expect("it is an address"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let http = client()?;
    for failure in [
        Failure::Unauthorized,
        Failure::RateLimited(Some(Duration::from_secs(2))),
        Failure::InsufficientQuota,
        Failure::ServerError,
    ] {
        println!("Asking a server that will say {failure:?}");
        let [refused, answered] = ask_one_that_has(failure, &http).await;
        let error = refused.expect_err("it is scripted to refuse");
        println!("Error: {error}");
        assert_eq!(answered?, "No", "the next attempt is answered");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, Bytes};
    use axum::response::IntoResponse;
    use axum::{Router, http::StatusCode, routing::post};
    use futures::stream::{self, StreamExt};
    use llm_client::RefusalKind::{self, Busy, Key, NoCredit};
    use std::error::Error as StdError;
    use std::{io, iter};
    use tokio::net::TcpListener;
    use tokio::time::sleep;

    async fn refused(failure: Failure) -> RefusalKind {
        let http = client().expect("rustls is there");
        match ask_one_that_has(failure, &http).await {
            [Err(Error::Refused(refusal)), Ok(_)] => refusal.kind,
            other => panic!("{other:?}"),
        }
    }

    /// Two refusals with the same status are two errors.
    #[tokio::test]
    async fn no_credit_is_told_from_too_many_requests() {
        assert_eq!(refused(Failure::InsufficientQuota).await, NoCredit);
        assert_eq!(refused(Failure::RateLimited(None)).await, Busy);
    }

    /// What `ask` makes of such a response.
    async fn asked<R: IntoResponse + 'static>(
        response: fn() -> R,
    ) -> Result<String, Error> {
        let answer = post(async move || response().into_response());
        let app = Router::new().route("/chat/completions", answer);
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async { axum::serve(listener, app).await });
        let http = client().expect("rustls is there");
        ask(&http, &format!("http://{address}")).await
    }

    /// A 200 with half an answer, or with none, is an error.
    #[tokio::test]
    async fn a_status_of_200_alone_is_no_answer() {
        for body in [
            || "{}",
            || r#"{"choices":[]}"#,
            || r#"{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}"#,
            || r#"{"choices":[{"message":{"content":" "},"finish_reason":"stop"}]}"#,
            || r#"{"choices":[{"message":{"content":"N"},"finish_reason":"length"}]}"#,
            || "<html>",
        ] {
            let answer = asked(body).await;
            assert!(answer.is_err(), "{}: {answer:?}", body());
        }
    }

    /// A body that begins and breaks off a moment later.
    fn cut() -> Body {
        let begins = stream::iter([Ok(Bytes::from_static(b"{"))]);
        let breaks = stream::once(async {
            sleep(Duration::from_millis(50)).await;
            Err(io::Error::other("cut"))
        });
        Body::from_stream(begins.chain(breaks))
    }

    /// A refusal is one without its body, too; an answer without its end may
    /// be billed, and is not called "not reached".
    #[tokio::test]
    async fn a_body_that_breaks_off_hides_no_status() {
        let refused = asked(|| (StatusCode::UNAUTHORIZED, cut())).await;
        match refused {
            Err(Error::Refused(refusal)) => assert_eq!(refusal.kind, Key),
            other => panic!("{other:?}"),
        }
        let lost = asked(cut).await;
        assert!(matches!(lost, Err(Error::Lost(_))), "{lost:?}");
        let http = client().expect("rustls is there");
        let nobody = ask(&http, "http://127.0.0.1:1").await;
        assert!(matches!(nobody, Err(Error::Unreachable(_))), "{nobody:?}");
        let error = nobody.expect_err("nobody listens");
        let first = error.source();
        let mut causes = iter::successors(first, |&cause| cause.source());
        assert!(causes.any(<dyn StdError>::is::<io::Error>), "why not");
    }

    fn endless() -> Body {
        let blanks = Bytes::from_static(&[b' '; 4096]);
        Body::from_stream(stream::repeat(blanks).map(Ok::<_, io::Error>))
    }

    fn silent() -> Body {
        Body::from_stream(stream::pending::<io::Result<Bytes>>())
    }

    /// A body without an end is given up; a refusal is one all the same.
    #[tokio::test]
    async fn a_body_without_an_end_is_given_up() {
        let answer = asked(endless).await;
        assert!(matches!(answer, Err(Error::TooLarge)), "{answer:?}");
        for refuse in [
            || (StatusCode::UNAUTHORIZED, endless()),
            || (StatusCode::UNAUTHORIZED, silent()),
        ] {
            let refused = asked(refuse).await;
            assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        }
    }
}
