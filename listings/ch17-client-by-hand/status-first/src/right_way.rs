//! The status first: `cargo run --bin status-first-right-way`
use llm_client::{Refusal, connections};
use llm_server::{Failure, LlmServer, Model, Script};
use reqwest::{Client, Url};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;
use tokio::time::{error::Elapsed, timeout};

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("no answer in time")]
    TimedOut(#[from] Elapsed),
    #[error("not reached: {0}")]
    Unreachable(#[from] reqwest::Error),
    #[error("refused: {0}")]
    Refused(Refusal),
    #[error("the body is larger than {MOST} bytes")]
    TooLarge,
    #[error("not understood: {0}")]
    Garbled(#[from] serde_json::Error),
    #[error("the answer is not whole: {0}")]
    NotWhole(String),
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

async fn ask(http: &Client, base: &str) -> Result<String, Error> {
    let url = format!("{base}/chat/completions");
    let messages = json!([{ "role": "user", "content": "Is it safe?" }]);
    let request = json!({ "model": "scripted", "messages": messages });
    let mut response = http.post(url).json(&request).send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await? {
        body.extend(bytes);
        if body.len() > MOST {
            return Err(Error::TooLarge);
        }
    }
    if !status.is_success() {
        // A header and a code tell apart what the status does not.
        return Err(Error::Refused(Refusal::of(status, &headers, &body)));
    }
    let Completion { choices: [choice] } = serde_json::from_slice(&body)?;
    match choice.finish_reason.as_str() {
        "stop" => Ok(choice.message.content),
        // `length`, `content_filter`: what there is of it is no answer.
        _ => Err(Error::NotWhole(choice.finish_reason)),
    }
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
async fn main() -> Result<(), Error> {
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
    use axum::{Router, routing::post};
    use llm_client::RefusalKind::{self, Busy, NoCredit};
    use tokio::net::TcpListener;

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

    /// A 200 with half an answer, or with none, is an error.
    #[tokio::test]
    async fn a_status_of_200_alone_is_no_answer() {
        for body in [
            "{}",
            r#"{"choices":[]}"#,
            r#"{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}"#,
            r#"{"choices":[{"message":{"content":"N"},"finish_reason":"length"}]}"#,
            "<html>",
        ] {
            let app = Router::new();
            let app = app
                .route("/chat/completions", post(move || async move { body }));
            let listener = TcpListener::bind("127.0.0.1:0").await;
            let listener = listener.expect("a port is free");
            let address = listener.local_addr().expect("it is bound");
            tokio::spawn(async { axum::serve(listener, app).await });
            let http = client().expect("rustls is there");
            let answer = ask(&http, &format!("http://{address}")).await;
            assert!(answer.is_err(), "{body}: {answer:?}");
        }
    }
}
