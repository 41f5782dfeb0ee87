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
use tokio::time::{Sleep, sleep, timeout};
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
        let backoff = Backoff {
            patience: PATIENCE,
            ..Backoff::default()
        };
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

/// All attempts of a call, and the pauses in between.
const CALL: Duration = Duration::from_mins(1);
/// One attempt, to the last byte of its answer. Three of them, and two waits
/// that the provider asks for, fit into a call.
const ATTEMPT: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(5);
/// The most that we keep of an answer, in bytes.
const MOST: usize = 1 << 20;

/// A whole answer, or an error that the one table knows. It reads the body
/// itself, since the crate does so without a limit: not for streams.
async fn attempt(
    http: reqwest::Client,
    request: HttpRequestFactory,
) -> Result<Response, Error> {
    let request = request.build().await;
    let request = request.map_err(|error| unsendable(&error))?;
    let answer = async {
        let sent = http.execute(request).await;
        answered(sent.map_err(Cause::of_sending)?).await
    };
    let in_time = timeout(ATTEMPT, answer).await;
    let answer = in_time.unwrap_or(Err(Cause::TooSlow(ATTEMPT)));
    answer.map_err(Error::head)
}

async fn answered(mut response: Response) -> Result<Response, Cause> {
    let (status, headers) = (response.status(), response.headers().clone());
    if !status.is_success() {
        // Only here are header and body in reach: the crate's error has neither.
        let body = beginning(response).await;
        return Err(Refusal::of(status, &headers, &body).into());
    }
    let mut body = Vec::new();
    while let Some(bytes) = response.chunk().await.map_err(lost)? {
        body.extend(bytes);
        if body.len() > MOST {
            return Err(Cause::TooLarge("the answer", MOST));
        }
    }
    let mut answer = http::Response::new(body);
    *answer.headers_mut() = headers;
    Ok(answer.into())
}

/// What a refusal says, as far as it comes: its status counts without it, too.
async fn beginning(mut response: Response) -> Vec<u8> {
    let (limits, mut body) = (Limits::default(), Vec::new());
    let reading = async {
        while let Ok(Some(bytes)) = response.chunk().await {
            body.extend(bytes);
            if body.len() >= limits.refusal_bytes {
                break;
            }
        }
    };
    let _ = timeout(limits.refusal, reading).await;
    body
}

fn unsendable(error: &OpenAIError) -> Error {
    Error::head(Cause::Unsendable(error.to_string()))
}

fn lost(error: reqwest::Error) -> Cause {
    Cause::Lost(error.without_url().to_string())
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
    let chat = client.chat();
    let answer = timeout(CALL, chat.create(request()?)).await?;
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
    use async_openai::types::chat::FinishReason;
    use futures::stream;
    use std::io;

    /// Three attempts are three requests; an empty account is asked once, and
    /// a `Retry-After` of ten seconds isn't waited for.
    #[tokio::test(start_paused = true)]
    async fn each_attempt_is_one_request() {
        loopback::tick(); // or the clock leaps over what sockets carry
        let long = Some(Duration::from_secs(10));
        for (failure, expected) in [
            (Failure::ServerError, 3),
            (Failure::InsufficientQuota, 1),
            (Failure::RateLimited(long), 1),
        ] {
            let seen = requests(failure).await.expect("a port is free");
            assert_eq!(seen, expected, "{failure:?}");
        }
    }

    /// What fails once is answered by the second attempt. The crate reads that
    /// answer whole, and you its `finish_reason`.
    #[tokio::test]
    async fn an_answer_comes_through() -> Result<(), BoxError> {
        let model = Model::new("scripted").says("Well.");
        let model = model.fails(1, Failure::ServerError);
        let llm = LlmServer::new(Script::new().model(model));
        let server = llm.listen("127.0.0.1:0").await?;
        let client = client(&server.base_url(), Jitter::seeded(18))?;
        let answer = client.chat().create(request()?).await?;
        let choice = answer.choices.first().ok_or("no choice")?;
        assert_eq!(choice.finish_reason, Some(FinishReason::Stop));
        assert_eq!(choice.message.content.as_deref(), Some("Well."));
        assert_eq!(llm.seen().requests, 2);
        Ok(())
    }

    /// What an answer of this body is.
    async fn of(body: reqwest::Body) -> Result<Response, Cause> {
        answered(http::Response::new(body).into()).await
    }

    /// An answer has a limit on its bytes, and one that is cut off is lost.
    #[tokio::test]
    async fn an_answer_has_a_limit_and_must_be_whole() {
        assert!(of("{}".into()).await.is_ok());
        let endless =
            stream::repeat_with(|| Ok::<_, io::Error>("x".repeat(1024)));
        let endless = of(reqwest::Body::wrap_stream(endless)).await;
        assert_eq!(endless.unwrap_err(), Cause::TooLarge("the answer", MOST));
        let cut = [Ok("{"), Err(io::Error::other("cut"))];
        let cut = of(reqwest::Body::wrap_stream(stream::iter(cut))).await;
        assert!(matches!(cut.unwrap_err(), Cause::Lost(_)));
    }

    /// All attempts and waits fit into a call: no limit hides another's error.
    #[test]
    fn a_call_has_room_for_its_attempts_and_its_waits() {
        let backoff = Backoff::default();
        let jitter = backoff.base * 3;
        let most = ATTEMPT * backoff.attempts + PATIENCE * 2 + jitter;
        assert!(most < CALL, "{most:?}");
    }
}
