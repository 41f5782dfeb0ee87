//! The client that speaks HTTP.

use crate::call::{Call, CallError, Llm, Pieces};
use crate::wire;
use reqwest::Response;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

/// An OpenAI-compatible server.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base_url: String,
    key: SecretString,
}

impl Client {
    /// A client for the server at `base_url`, which ends in `/v1`.
    ///
    /// # Errors
    /// If no HTTP client can be made.
    pub fn new(base_url: &str, key: SecretString) -> reqwest::Result<Self> {
        // Who came first has set a provider; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .build()?;
        Ok(Self {
            http,
            base_url: base_url.trim_end_matches('/').to_owned(),
            key,
        })
    }

    async fn post(
        &self,
        call: &Call,
        stream: bool,
    ) -> Result<Response, CallError> {
        let response = self
            .http
            .post(format!("{}/chat/completions", self.base_url))
            .bearer_auth(self.key.expose_secret())
            .json(&wire::body(call, stream))
            .send()
            .await
            .map_err(CallError::Connection)?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let body = response.text().await.unwrap_or_default();
        Err(wire::refusal(status, &headers, &body))
    }
}

impl Llm for Client {
    async fn complete(&self, call: &Call) -> Result<String, CallError> {
        let response = self.post(call, false).await?;
        let body = response.text().await.map_err(CallError::Connection)?;
        wire::answer(&body)
    }

    async fn stream(&self, call: &Call) -> Result<Pieces, CallError> {
        Ok(wire::pieces(self.post(call, true).await?.bytes_stream()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Remedy;
    use axum::Router;
    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use axum::routing::post;
    use futures::TryStreamExt;

    /// A client of a server that answers each request with this.
    async fn client<R>(answer: R) -> Client
    where
        R: IntoResponse + Clone + Send + Sync + 'static,
    {
        let handler = move || std::future::ready(answer.clone());
        let app = Router::new().route("/v1/chat/completions", post(handler));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move { axum::serve(listener, app).await });
        let url = format!("http://{address}/v1/");
        Client::new(&url, "secret".into()).expect("a client")
    }

    fn call() -> Call {
        Call {
            model: "storyteller".to_owned(),
            prompt: "Once upon a time".to_owned(),
            answer_tokens: 10,
        }
    }

    #[tokio::test]
    async fn an_answer_comes_over_http() {
        let body = r#"{"choices":[{"message":{"content":"a ferry"}}]}"#;
        let answer = client(body).await.complete(&call()).await;
        assert_eq!(answer.expect("an answer"), "a ferry");
    }

    #[tokio::test]
    async fn a_refusal_comes_with_its_headers() {
        let away = [("retry-after", "7")];
        let answer = (StatusCode::SERVICE_UNAVAILABLE, away, "");
        let refused = client(answer).await.complete(&call()).await;
        let error = refused.expect_err("it is refused");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }

    #[tokio::test]
    async fn a_stream_comes_over_http() {
        let body = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n\
                    data: [DONE]\n\n";
        let client = client(body).await;
        let pieces = client.stream(&call()).await.expect("it begins");
        let pieces: Vec<String> = pieces.try_collect().await.expect("whole");
        assert_eq!(pieces, ["a"]);
    }

    #[tokio::test]
    async fn nobody_at_that_address_is_tried_again() {
        let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let gone = gone.and_then(|it| it.local_addr()).expect("a port");
        let url = format!("http://{gone}/v1");
        let client = Client::new(&url, "secret".into());
        let asked = client.expect("a client").complete(&call()).await;
        let error = asked.expect_err("nobody listens");
        assert!(matches!(error, CallError::Connection(_)));
        assert_eq!(error.remedy(), Remedy::Retry);
    }

    #[test]
    fn the_key_is_not_printed() {
        let client = Client::new("http://x/v1", "sk-secret".into());
        let text = format!("{:?}", client.expect("a client"));
        assert!(!text.contains("sk-secret"), "{text}");
    }
}
