//! One place retries: `cargo run --bin layers-multiply-right-way`
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs,
};
use llm_client::{Backoff, Cause, Error, Jitter, Limits, Refusal, connections};
use llm_server::{Failure, LlmServer, Model, Script};
use reqwest::{Response, Url};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Sleep, error::Elapsed, sleep, timeout};
use tower::retry::Policy;
use tower::{BoxError, ServiceBuilder};

/// The crate's types, our connections, and our retry in place of its own. Make
/// it once: every call shares its connections.
fn client(
    base: &str,
    jitter: Jitter,
) -> Result<Client<OpenAIConfig>, BoxError> {
    let http = connections(&Url::parse(base)?)?;
    let retries = Retries {
        failures: 0,
        jitter: Arc::new(jitter),
    };
    let service = ServiceBuilder::new()
        .map_err(|error: Error| OpenAIError::Boxed(error.into()))
        .retry(retries)
        .service_fn(move |request| attempt(http.clone(), request));
    let config = OpenAIConfig::new().with_api_base(base).with_api_key("none");
    Ok(Client::with_config(config).with_http_service(service))
}

/// Asks again what the table of errors says. Each call has its own clone, so
/// each counts its own failures; all share the jitter.
#[derive(Clone)]
struct Retries {
    failures: u32,
    jitter: Arc<Jitter>,
}

impl Policy<HttpRequestFactory, Response, Error> for Retries {
    type Future = Sleep;

    fn retry(
        &mut self,
        _: &mut HttpRequestFactory,
        result: &mut Result<Response, Error>,
    ) -> Option<Sleep> {
        let error = result.as_ref().err()?;
        let backoff = Backoff::default();
        let pause = backoff.pause(self.failures, error, &self.jitter)?;
        self.failures += 1;
        println!("Asking again");
        Some(sleep(pause))
    }

    fn clone_request(
        &mut self,
        request: &HttpRequestFactory,
    ) -> Option<HttpRequestFactory> {
        Some(request.clone())
    }
}

/// The head of an answer, or an error that the one table knows.
async fn attempt(
    http: reqwest::Client,
    request: HttpRequestFactory,
) -> Result<Response, Error> {
    let limits = Limits::default();
    let request = request.build().await;
    let request = request.map_err(|error| unsendable(&error))?;
    let late = |_: Elapsed| Error::head(Cause::TimedOut(limits.first));
    let sent = timeout(limits.first, http.execute(request));
    let mut response = sent
        .await
        .map_err(late)?
        .map_err(|error| unreached(&error))?;
    if response.status().is_success() {
        return Ok(response);
    }
    // Only here are header and body in reach: the crate's error has neither.
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    let reading = async {
        while let Ok(Some(bytes)) = response.chunk().await {
            body.extend(bytes);
            if body.len() >= limits.refusal_bytes {
                break;
            }
        }
    };
    let _ = timeout(limits.refusal, reading).await; // the status counts
    Err(Error::head(Refusal::of(status, &headers, &body).into()))
}

fn unsendable(error: &OpenAIError) -> Error {
    Error::head(Cause::Unsendable(error.to_string()))
}

fn unreached(error: &reqwest::Error) -> Error {
    let told = error.to_string();
    Error::head(if error.is_connect() {
        Cause::Unreachable(told)
    } else {
        Cause::Lost(told)
    })
}

fn request() -> Result<CreateChatCompletionRequest, OpenAIError> {
    let message = ChatCompletionRequestUserMessage::from("How are you?");
    CreateChatCompletionRequestArgs::default()
        .model("scripted")
        .messages([message.into()])
        .max_completion_tokens(100_u32)
        .build()
}

/// How many requests a server sees that fails like this every time.
async fn requests(failure: Failure) -> Result<u64, BoxError> {
    let model = Model::new("scripted");
    let down = (1..=50).fold(model, |m, n| m.fails(n, failure));
    let llm = LlmServer::new(Script::new().model(down));
    let server = llm.listen("127.0.0.1:0").await?;
    let client = client(&server.base_url(), Jitter::seeded(18))?;
    let (chat, limit) = (client.chat(), Duration::from_mins(1));
    // All attempts, and the body, which the crate reads without a limit.
    let answer = timeout(limit, chat.create(request()?)).await?;
    let error = answer.expect_err("it is down");
    println!("Failed: {error}");
    Ok(llm.seen().requests)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let requests = requests(Failure::ServerError).await?;
    println!("{requests} requests");
    assert_eq!(requests, 3, "one for each attempt of ours");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three attempts are three requests; an empty account is asked once, and
    /// an hour's `Retry-After` isn't waited for.
    #[tokio::test]
    async fn each_attempt_is_one_request() {
        let hour = Some(Duration::from_hours(1));
        for (failure, expected) in [
            (Failure::ServerError, 3),
            (Failure::InsufficientQuota, 1),
            (Failure::RateLimited(hour), 1),
        ] {
            let seen = requests(failure).await.expect("a port is free");
            assert_eq!(seen, expected, "{failure:?}");
        }
    }
}
