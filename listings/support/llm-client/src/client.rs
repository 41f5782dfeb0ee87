//! One endpoint, asked once for each call.

use crate::answer::{Answer, Reply, begun, read, whole};
use crate::error::{Cause, Error};
use crate::limits::Limits;
use crate::refusal::Refusal;
use crate::request::{Limit, Request};
use futures::future::{BoxFuture, FutureExt};
use futures::{StreamExt, TryStreamExt};
use reqwest::header::{
    ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Response, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use std::env;
use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout;
use url::Host;

/// A client of one OpenAI-compatible endpoint. It asks once; retries go
/// around it. Clones share its connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: Url,
    key: SecretString,
    model: String,
    limits: Limits,
}

// ANCHOR: connections
/// Connections to the endpoint at `base`, for as many calls as you like. Make
/// them once: each of these has a pool of its own.
///
/// # Errors
/// If this machine can't do TLS at all.
pub fn connections(base: &Url) -> reqwest::Result<reqwest::Client> {
    // reqwest is built without a choice of its own for TLS. A choice that was
    // made before is as good as ours.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(10))
        // Servers close idle connections after 5 s (uvicorn, Node) or more. A
        // request on one that is just being closed is lost.
        .pool_idle_timeout(Duration::from_secs(4))
        // A dead HTTP/2 connection would take all calls with it, a dead
        // HTTP/1 connection takes one.
        .http1_only()
        // Retries go around the client, in one place.
        .retry(reqwest::retry::never())
        .redirect(Policy::custom(within_the_server));
    // A proxy for the outside has no business with what is said in here.
    let builder = if is_this_machine(base) {
        builder.no_proxy()
    } else {
        builder
    };
    builder.build()
}
// ANCHOR_END: connections

/// A redirect may lead to another path of the same server, as long as it keeps
/// the method: 307 and 308 do. Anywhere else our key and prompt don't go.
fn within_the_server(attempt: Attempt) -> Action {
    let first = attempt.previous().first();
    let same = first.is_some_and(|url| url.origin() == attempt.url().origin());
    let kept = matches!(attempt.status().as_u16(), 307 | 308);
    if same && kept && attempt.previous().len() <= 3 {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

fn is_this_machine(base: &Url) -> bool {
    match base.host() {
        Some(Host::Domain(name)) => {
            name == "localhost" || name.ends_with(".localhost")
        }
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unspecified(),
        None => false,
    }
}

impl Client {
    /// A client of the endpoint at `base`, such as `https://host/v1`.
    ///
    /// # Errors
    /// [`Cause::Unsendable`] if `base` or `key` can't be used.
    pub fn new(
        base: impl AsRef<str>,
        key: impl Into<SecretString>,
        model: impl Into<String>,
    ) -> Result<Self, Error> {
        let (base, key) = (base.as_ref(), key.into());
        let url = endpoint(base).map_err(unsendable)?;
        if HeaderValue::from_str(key.expose_secret()).is_err() {
            let told = "the key has a character that no header can have, such \
                        as a line break";
            return Err(unsendable(told.into()));
        }
        let http = connections(&url)
            .map_err(|error| Error::head(Cause::of_sending(error)))?;
        Ok(Self {
            http,
            url,
            key,
            model: model.into(),
            limits: Limits::default(),
        })
    }

    /// The endpoint that the environment names: `OPENAI_BASE_URL`, with
    /// `OPENAI_API_KEY` and `WORKBOOK_MODEL`. `None` if the first is not set;
    /// one that is empty is not set.
    ///
    /// # Errors
    /// As [`Client::new`].
    #[must_use]
    pub fn from_env() -> Option<Result<Self, Error>> {
        let base = variable("OPENAI_BASE_URL")?;
        let or = |name, other: &str| variable(name).unwrap_or(other.into());
        let key = or("OPENAI_API_KEY", "none");
        Some(Self::new(base, key, or("WORKBOOK_MODEL", "gpt-4o-mini")))
    }

    /// With other limits than the usual ones.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    // ANCHOR: stream
    /// Asks, and returns when the first token is there. So an error means that
    /// nothing was shown, and the question may be asked again if its remedy
    /// says so; what the answer brings later may not.
    ///
    /// # Errors
    /// Whatever comes instead of an answer.
    pub async fn stream(
        &self,
        request: impl Into<Request>,
    ) -> Result<Answer, Error> {
        let response = self.send(&request.into()).await.map_err(Error::head)?;
        if !response.status().is_success() {
            return Err(Error::head(self.refusal(response).await));
        }
        if let Some(encoding) = encoding(&response) {
            let came = format!("bytes in the encoding {encoding}");
            return Err(Error::head(Cause::NotAStream(came)));
        }
        let kind = header(&response, CONTENT_TYPE).map(str::to_owned);
        let body = response.bytes_stream();
        let answer = read(body, kind.as_deref(), self.limits);
        let key = self.key.clone();
        // A failure in mid-answer may repeat the key as well.
        let answer = answer.map_err(move |error| without(&key, error));
        begun(answer.boxed()).await
    }

    /// The response, once its head is there.
    async fn send(&self, request: &Request) -> Result<Response, Cause> {
        let call = self
            .http
            .post(self.url.clone())
            .bearer_auth(self.key.expose_secret())
            .header(ACCEPT, "text/event-stream, application/json")
            .json(&request.body(&self.model, limit_of(&self.url)))
            .send();
        match timeout(self.limits.first, call).await {
            Ok(response) => response.map_err(Cause::of_sending),
            Err(_) => Err(Cause::TimedOut(self.limits.first)),
        }
    }
    // ANCHOR_END: stream

    /// What a response without success says. Its body has a limit in time and
    /// in bytes, and without it there is still the status.
    async fn refusal(&self, mut response: Response) -> Cause {
        let (status, headers) = (response.status(), response.headers().clone());
        let to = header(&response, LOCATION).map(|to| self.url.join(to));
        if let (true, Some(Ok(to))) = (status.is_redirection(), to) {
            return Cause::Moved(shown(&to).chars().take(200).collect());
        }
        let (mut body, most) = (Vec::new(), self.limits.refusal_bytes);
        let reading = async {
            while let Ok(Some(bytes)) = response.chunk().await {
                let room = most - body.len();
                body.extend(&bytes[..bytes.len().min(room)]);
                if body.len() == most {
                    break;
                }
            }
        };
        let _ = timeout(self.limits.refusal, reading).await;
        if encoding(&response).is_some() {
            body.clear(); // no words that anybody could read
        }
        self.in_words(status, Refusal::of(status, &headers, &body))
    }

    /// In the provider's words, or else in those of HTTP.
    fn in_words(&self, status: StatusCode, refusal: Refusal) -> Cause {
        let refusal = if refusal.message.is_empty() {
            refusal.saying(status.canonical_reason().unwrap_or_default())
        } else {
            refusal
        };
        without(&self.key, Error::head(refusal.into())).cause
    }

    /// Asks, and waits for the whole answer.
    ///
    /// # Errors
    /// As [`Client::stream`], and if the answer isn't whole.
    pub async fn complete(
        &self,
        request: impl Into<Request>,
    ) -> Result<Reply, Error> {
        whole(self.stream(request).await?).await
    }
}

/// A prompt in, an answer under way out.
impl tower::Service<Request> for Client {
    type Response = Answer;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Answer, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(())) // how much is too much is for a layer to say
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let client = self.clone();
        async move { client.stream(request).await }.boxed()
    }
}

/// `base` with the path of the chat completions behind it. What follows a `?`,
/// as Azure's version of the API does, stays behind it.
fn endpoint(base: &str) -> Result<Url, String> {
    let base = base.trim();
    // What it holds may be a secret: a user, a query.
    let begins = base.split('?').next().unwrap_or_default();
    let begins = if base.contains('@') { "this" } else { begins };
    let told = |why: &str| format!("{begins:?} is no address: {why}");
    let mut url = Url::parse(base).map_err(|error| told(&error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(told("it begins with neither http:// nor https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let why = "an address has no user here: a key goes by itself";
        return Err(format!("the address names a user: {why}"));
    }
    let segments = url.path_segments_mut();
    let mut segments = segments.map_err(|()| told("it has no host"))?;
    segments.pop_if_empty().extend(["chat", "completions"]);
    drop(segments);
    Ok(url)
}

/// Which name of the limit the server at `url` takes.
fn limit_of(url: &Url) -> Limit {
    match url.host_str() {
        Some("api.openai.com") => Limit::OpenAi,
        Some(host) if host.ends_with(".openai.azure.com") => Limit::OpenAi,
        _ => Limit::Usual,
    }
}

fn unsendable(why: String) -> Error {
    Error::head(Cause::Unsendable(why))
}

/// What the environment says, if it says something.
fn variable(name: &str) -> Option<String> {
    let value = env::var_os(name)?.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

/// Some providers repeat the key in their refusal. A log is no place for it.
fn without(key: &SecretString, error: Error) -> Error {
    let key = key.expose_secret();
    // A word such as `none`, which local servers are sent, is no secret.
    let hidden = |text: String| match key.len() {
        0..8 => text,
        _ => text.replace(key, "[REDACTED]"),
    };
    let cause = match error.cause {
        Cause::Refused(refusal) => {
            let mut refusal = *refusal;
            refusal.message = hidden(refusal.message);
            refusal.code = hidden(refusal.code);
            Cause::from(refusal)
        }
        Cause::Garbled(text) => Cause::Garbled(hidden(text)),
        Cause::Ended(text) => Cause::Ended(hidden(text)),
        Cause::Declined(text) => Cause::Declined(hidden(text)),
        Cause::NotAStream(text) => Cause::NotAStream(hidden(text)),
        other => other,
    };
    Error { cause, ..error }
}

fn header(response: &Response, name: HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

/// How the body is compressed, if it is: nobody asked for that. Some servers
/// say `none`, to keep a proxy from doing so.
fn encoding(response: &Response) -> Option<&str> {
    let known = ["gzip", "x-gzip", "deflate", "br", "zstd", "compress"];
    header(response, CONTENT_ENCODING).filter(|names| {
        let names = names.to_ascii_lowercase();
        names.split(',').any(|name| known.contains(&name.trim()))
    })
}

/// An address without what may be a secret in it: a user, a query.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    let hidden = url.set_username("").and_then(|()| url.set_password(None));
    url.set_query(None);
    url.set_fragment(None);
    hidden.map_or_else(|()| url.scheme().to_owned(), |()| url.to_string())
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("url", &shown(&self.url))
            .field("model", &self.model)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint_of(base: &str) -> String {
        endpoint(base).expect("an address").into()
    }

    #[test]
    fn the_key_is_never_printed() {
        let client = Client::new("http://host/v1/", "sk-secret", "model");
        let printed = format!("{:?}", client.expect("rustls is there"));
        assert!(!printed.contains("sk-secret"), "{printed}");
    }

    #[test]
    fn the_base_may_end_with_a_slash_and_have_a_query() {
        let expected = "http://host/v1/chat/completions";
        assert_eq!(endpoint_of("http://host/v1"), expected);
        assert_eq!(endpoint_of("http://host/v1/"), expected);
        assert_eq!(endpoint_of(" http://host/v1\n"), expected);
        assert_eq!(endpoint_of("http://host"), "http://host/chat/completions");
        let azure = "https://host/openai/v1?api-version=preview";
        assert_eq!(
            endpoint_of(azure),
            "https://host/openai/v1/chat/completions?api-version=preview"
        );
    }

    #[test]
    fn what_can_t_be_sent_says_so_at_once() {
        for (base, key, says) in [
            ("localhost:8000/v1", "k", "neither http:// nor"),
            ("/v1", "k", "relative URL"),
            ("http://", "k", "empty host"),
            ("mailto:a@b", "k", "neither http:// nor"),
            ("http://u:hunter2@host:99999", "k", "invalid port"),
            ("u:hunter2@host/v1", "k", "neither http:// nor"),
            ("http://host", "k\n", "line break"),
            ("http://host", "k\u{7f}", "no header can have"),
        ] {
            let error = Client::new(base, key, "m").expect_err("unusable");
            assert!(matches!(error.cause, Cause::Unsendable(_)), "{error}");
            assert!(error.to_string().contains(says), "{error}");
            assert!(!error.is_transient());
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn this_machine_has_several_names() {
        let is = |host: &str| {
            let url = Url::parse(&format!("http://{host}/v1"));
            is_this_machine(&url.expect("an address"))
        };
        for host in ["localhost", "127.0.0.1:8000", "127.9.9.9", "[::1]:1"] {
            assert!(is(host), "{host}");
        }
        for host in ["localhost.example.org", "10.0.0.1", "api.openai.com"] {
            assert!(!is(host), "{host}");
        }
    }
}
