//! One endpoint, asked once for each call.

use crate::error::Error;
use crate::sse::{Answer, Limits, Piece, pieces};
use futures::TryStreamExt;
use futures::future::{BoxFuture, FutureExt};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use std::future;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout;

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    messages: [Message<'a>; 1],
    stream: bool,
    stream_options: Options,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
struct Options {
    include_usage: bool,
}

impl<'a> Request<'a> {
    /// One question, whose answer is streamed and ends with its usage.
    fn streamed(model: &'a str, prompt: &'a str) -> Self {
        Self {
            model,
            messages: [Message {
                role: "user",
                content: prompt,
            }],
            stream: true,
            stream_options: Options {
                include_usage: true,
            },
        }
    }
}

/// A client of one OpenAI-compatible endpoint. It asks once; retries go
/// around it. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: SecretString,
    model: String,
    limits: Limits,
}

impl Client {
    /// A client of the endpoint at `base`, such as `https://host/v1`.
    ///
    /// # Errors
    /// `Unreachable` if this machine can't do TLS at all.
    pub fn new(
        base: impl Into<String>,
        key: impl Into<SecretString>,
        model: impl Into<String>,
    ) -> Result<Self, Error> {
        // The one that was installed before is as good as ours.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .build()?;
        Ok(Self {
            http,
            base: base.into().trim_end_matches('/').to_owned(),
            key: key.into(),
            model: model.into(),
            limits: Limits::default(),
        })
    }

    /// The endpoint that the environment names: `OPENAI_BASE_URL`, with
    /// `OPENAI_API_KEY` and `WORKBOOK_MODEL`. None if the first is not set.
    ///
    /// # Errors
    /// As [`Client::new`].
    #[must_use]
    pub fn from_env() -> Option<Result<Self, Error>> {
        let base = std::env::var("OPENAI_BASE_URL").ok()?;
        let or =
            |name, other: &str| std::env::var(name).unwrap_or(other.into());
        let key = or("OPENAI_API_KEY", "none");
        Some(Self::new(base, key, or("WORKBOOK_MODEL", "gpt-4o-mini")))
    }

    /// With other limits than the usual ones.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Asks, and returns as soon as the server begins to answer.
    ///
    /// # Errors
    /// Whatever comes instead of an answer. Nothing was shown by then, so a
    /// transient error may be retried; what the stream itself brings may not.
    pub async fn stream(&self, prompt: &str) -> Result<Answer, Error> {
        let call = self
            .http
            .post(format!("{}/chat/completions", self.base))
            .bearer_auth(self.key.expose_secret())
            .json(&Request::streamed(&self.model, prompt))
            .send();
        let late = |_| Error::Timeout;
        let response =
            timeout(self.limits.first, call).await.map_err(late)??;
        if response.status().is_success() {
            return Ok(pieces(response.bytes_stream(), self.limits));
        }
        Err(self.refusal(response).await)
    }

    /// What a response without success says.
    async fn refusal(&self, response: reqwest::Response) -> Error {
        let status = response.status();
        let headers = response.headers().clone();
        // A body that breaks off still leaves us the status.
        let body = timeout(self.limits.idle, response.bytes()).await;
        let body = body.ok().and_then(Result::ok).unwrap_or_default();
        Error::of(status, &headers, &body)
    }

    /// Asks, and waits for the whole answer.
    ///
    /// # Errors
    /// As [`Client::stream`], and if the answer breaks off.
    pub async fn complete(&self, prompt: &str) -> Result<String, Error> {
        whole(self.stream(prompt).await?).await
    }
}

/// The text of an answer, when it is all there.
///
/// # Errors
/// If it breaks off.
pub async fn whole(answer: Answer) -> Result<String, Error> {
    let text = |mut whole: String, piece| {
        if let Piece::Text(text) = piece {
            whole += &text;
        }
        future::ready(Ok(whole))
    };
    answer.try_fold(String::new(), text).await
}

/// A prompt in, an answer under way out.
impl tower::Service<String> for Client {
    type Response = Answer;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Answer, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(())) // how much is too much is for a layer to say
    }

    fn call(&mut self, prompt: String) -> Self::Future {
        let client = self.clone();
        async move { client.stream(&prompt).await }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_never_printed() {
        let client = Client::new("http://host/v1/", "sk-secret", "model");
        let printed = format!("{:?}", client.expect("rustls is there"));
        assert!(!printed.contains("sk-secret"), "{printed}");
        assert!(printed.contains("http://host/v1\""), "{printed}");
    }
}
