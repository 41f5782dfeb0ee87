//! The crate's own retry, 200 times: `cargo run --bin crate-retry-wrong-way`
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use async_openai::middleware::retry::OpenAIRetryLayer;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs,
};
use futures::future::join_all;
use http::Response;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;
use tower::{ServiceBuilder, service_fn};

const REFUSAL: &str = r#"{"error":{"message":"wait","type":"requests"}}"#;
const ANSWER: &str = r#"{"id":"1","object":"chat.completion","created":1,
    "model":"m","choices":[]}"#;

/// A provider with no room: it refuses the first 200 requests, with this
/// `Retry-After`, and notes when the others come.
#[derive(Clone)]
struct Provider {
    seen: Arc<Mutex<Vec<Duration>>>,
    retry_after: Option<&'static str>,
    start: Instant,
}

impl Provider {
    fn new(retry_after: Option<&'static str>) -> Self {
        let (seen, start) = (Arc::default(), Instant::now());
        Self {
            seen,
            retry_after,
            start,
        }
    }

    fn answer(&self) -> Response<&'static str> {
        let mut seen = self.seen.lock().expect("no panic within");
        seen.push(self.start.elapsed());
        if seen.len() > 200 {
            return Response::new(ANSWER);
        }
        let mut response = Response::builder().status(429);
        if let Some(wait) = self.retry_after {
            response = response.header("retry-after", wait);
        }
        response.body(REFUSAL).expect("it is well-formed")
    }

    /// When requests came after the first 200.
    fn later(&self) -> Vec<Duration> {
        self.seen.lock().expect("no panic within").split_off(200)
    }
}

/// A client as the crate makes it, except that `provider` is its transport.
fn client(provider: Provider) -> Client<OpenAIConfig> {
    let answer = move |_: HttpRequestFactory| {
        let response = provider.answer();
        async { Ok::<_, OpenAIError>(reqwest::Response::from(response)) }
    };
    let service = ServiceBuilder::new()
        .layer(OpenAIRetryLayer::default())
        .service(service_fn(answer));
    // reqwest is built without a choice of its own for TLS.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::with_config(OpenAIConfig::new()).with_http_service(service)
}

fn request() -> Result<CreateChatCompletionRequest, OpenAIError> {
    let message = ChatCompletionRequestUserMessage::from("How are you?");
    CreateChatCompletionRequestArgs::default()
        .model("scripted")
        .messages([message.into()])
        .build()
}

/// When 200 callers come back who were all refused at once.
async fn back(retry_after: Option<&'static str>) -> Vec<Duration> {
    let provider = Provider::new(retry_after);
    let client = client(provider.clone());
    let ask = async |_| client.chat().create(request()?).await;
    let answers = join_all((0..200).map(ask)).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    provider.later()
}

/// The most of them that come within ten milliseconds.
fn most_at_once(times: &[Duration]) -> usize {
    let within = |from: &Duration| {
        let end = *from + Duration::from_millis(10);
        times.iter().filter(|at| (*from..end).contains(at)).count()
    };
    times.iter().map(within).max().unwrap_or_default()
}

/// The clock stands still: ties are what this is about.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let times = back(None).await;
    println!("200 are refused at once");
    let most = most_at_once(&times);
    println!("{most} come back within 10 ms");
    println!("All come back {} ms later", times[0].as_millis());
    assert_eq!(most, 200, "the next refusal is certain");
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_server::{LlmServer, Model, Script};

    /// All 200 come back a tenth of a second after they were refused.
    #[tokio::test(start_paused = true)]
    async fn all_come_back_at_once() {
        assert_eq!(back(None).await, [Duration::from_millis(100); 200]);
    }

    /// A fraction in `Retry-After` is not read, and an hour is slept in full.
    #[tokio::test(start_paused = true)]
    async fn nine_tenths_of_a_second_are_a_tenth_and_an_hour_is_an_hour() {
        let back_first = async |after| back(Some(after)).await[0];
        let tenth = Duration::from_millis(100);
        assert_eq!(back_first("0.9").await, tenth);
        assert_eq!(back_first("3600").await, Duration::from_hours(1));
    }

    /// A connection that is lost after the request was sent is no reason for
    /// it to ask again.
    #[tokio::test]
    async fn a_lost_connection_is_asked_once() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let model = Model::new("scripted").hangs_up_after(0);
        let llm = LlmServer::new(Script::new().model(model));
        let server = llm.listen("127.0.0.1:0").await.expect("a port is free");
        let config = OpenAIConfig::new().with_api_base(server.base_url());
        let client = Client::with_config(config.with_api_key("none"));
        let request = request().expect("it is complete");
        assert!(client.chat().create(request).await.is_err());
        assert_eq!(llm.seen().requests, 1);
    }
}
