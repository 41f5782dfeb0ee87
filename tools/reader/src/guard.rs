//! Who may ask, and what a page may do.
//!
//! The runner does what its reader wrote, as the reader. So nobody else may ask
//! for it: not a page of another site (`Host`, `Origin`, `Sec-Fetch-Site`, the
//! token), nor a script that got into a page (the policy).

use crate::event::Event;
use crate::page;
use anyhow::{Context, Result, anyhow};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::uri::Authority;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use regex::Regex;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// The header in which a page sends the token.
pub const TOKEN_HEADER: &str = "workbook-token";

/// A request that is not served.
#[derive(Debug)]
pub struct Refusal {
    /// Its status.
    pub status: StatusCode,
    /// What is wrong and what to do.
    pub why: String,
}

impl Refusal {
    /// With this status, for this reason.
    pub fn new(status: StatusCode, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { status, why }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
        let line = Event::Refused { why: self.why }.to_line();
        (self.status, kind, line).into_response()
    }
}

/// What a request must show.
#[derive(Debug)]
pub struct Guard {
    hosts: Vec<String>,
    token: String,
}

impl Guard {
    /// For a server at this port of this machine, with a token of its own.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn new(port: u16) -> Result<Arc<Self>> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| anyhow!("no random token: {error}"))?;
        let names = ["127.0.0.1", "localhost"];
        Ok(Arc::new(Self {
            hosts: names.map(|name| format!("{name}:{port}")).to_vec(),
            token: format!("{:032x}", u128::from_le_bytes(bytes)),
        }))
    }

    fn is_host(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| known == host)
    }

    /// Whether the request names this server, and once: a name that somebody
    /// else has pointed to this machine is not this server's.
    fn knows_host(&self, request: &Request) -> bool {
        let mut named = request.headers().get_all(header::HOST).iter();
        let (host, second) = (named.next(), named.next());
        let host = host.and_then(|host| host.to_str().ok());
        let uri = request.uri().authority().map(Authority::as_str);
        let known = host.is_some_and(|host| self.is_host(host));
        known && second.is_none() && uri.is_none_or(|uri| self.is_host(uri))
    }

    /// Whether the request is of no page, or of a page of this server.
    fn knows_origin(&self, headers: &HeaderMap) -> bool {
        let origins = headers.get_all(header::ORIGIN);
        origins.iter().all(|origin| {
            let origin = origin.to_str().unwrap_or_default();
            let host = origin.strip_prefix("http://");
            host.is_some_and(|host| self.is_host(host))
        })
    }

    /// Compared in full, so that no time tells how much of it is right.
    fn knows_token(&self, headers: &HeaderMap) -> bool {
        let token = headers.get(TOKEN_HEADER).map(HeaderValue::as_bytes);
        let token = token.unwrap_or_default();
        let same = self.token.bytes().zip(token);
        let wrong = same.fold(0, |wrong, (a, b)| wrong | (a ^ b));
        wrong == 0 && token.len() == self.token.len()
    }
}

/// Serves only those who name this server, and says on every answer what a
/// browser may do with it.
pub async fn host(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = if guard.knows_host(&request) {
        next.run(request).await
    } else {
        let why = format!(
            "this server answers to http://{} alone",
            guard.hosts.join(" and http://")
        );
        Refusal::new(StatusCode::MISDIRECTED_REQUEST, why).into_response()
    };
    set(
        &mut response,
        &[
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "same-origin"),
            (HOME_ONLY, "same-origin"),
        ],
    );
    response
}

/// Serves pages with the token in them, and with the policy that holds for
/// them.
pub async fn seal(
    State(guard): State<Arc<Guard>>,
    mut request: Request,
    next: Next,
) -> Response {
    let whole = request.method() == Method::GET;
    if is_page(request.uri().path()) {
        // A page holds the token of this start: an old one is of no use.
        for name in [
            header::IF_MODIFIED_SINCE,
            header::IF_NONE_MATCH,
            header::RANGE,
        ] {
            request.headers_mut().remove(name);
        }
    }
    let response = next.run(request).await;
    if !is_html(&response) {
        return response;
    }
    sealed(&guard, response, whole)
        .await
        .unwrap_or_else(|error| {
            let why = format!("the page can't be read: {error:#}");
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, why).into_response()
        })
}

/// No page of another site may embed what has this.
const HOME_ONLY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

fn set(response: &mut Response, headers: &[(HeaderName, &'static str)]) {
    for (name, value) in headers {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
}

fn is_page(path: &str) -> bool {
    let kind = Path::new(path).extension();
    kind.is_none_or(|kind| kind == "html")
}

fn is_html(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

/// A page with the token in it and its policy; without its body unless it is
/// asked for `whole`.
async fn sealed(
    guard: &Guard,
    response: Response,
    whole: bool,
) -> Result<Response> {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await?;
    let page = String::from_utf8(bytes.into()).context("it is not UTF-8")?;
    let policy = policy(&page, &guard.hosts);
    let head = format!(
        "<head>\n        <meta name=\"{TOKEN_HEADER}\" content=\"{}\">\n        {}",
        guard.token,
        page::HEAD
    );
    let page = page.replacen("<head>", &head, 1);
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::LAST_MODIFIED);
    parts.headers.remove(header::ETAG);
    let policy = HeaderValue::from_str(&policy)?;
    parts
        .headers
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    let mut sealed = Response::from_parts(
        parts,
        if whole {
            Body::from(page)
        } else {
            Body::empty()
        },
    );
    set(&mut sealed, &[(header::CACHE_CONTROL, "no-store")]);
    Ok(sealed)
}

static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<script>(.*?)</script>").expect("a valid pattern")
});

/// What a page may load and run: what this server serves, and the scripts that
/// stand in the page as it was built, each by its hash. Styles may stand
/// anywhere, as mdBook's search and editor put them there.
fn policy(page: &str, hosts: &[String]) -> String {
    let mut hashes: Vec<String> = INLINE
        .captures_iter(page)
        .map(|script| {
            format!(" 'sha256-{}'", base64(&Sha256::digest(&script[1])))
        })
        .collect();
    hashes.sort();
    hashes.dedup();
    let sockets = hosts.iter().map(|host| format!(" ws://{host}"));
    format!(
        "default-src 'none'; script-src 'self'{}; style-src 'self' \
         'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
         connect-src 'self'{}; frame-src 'self'; manifest-src 'self'; \
         base-uri 'self'; form-action 'none'; frame-ancestors 'self'",
        hashes.concat(),
        sockets.collect::<String>()
    )
}

const DIGITS: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index| u32::from(*chunk.get(index).unwrap_or(&0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = bits >> (18 - 6 * place) & 63;
            text.push(if place > chunk.len() {
                '='
            } else {
                char::from(DIGITS[digit as usize])
            });
        }
    }
    text
}

/// Serves an upgrade to a socket only to a page of this server: a browser asks
/// for one on behalf of any.
pub async fn origin(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    if guard.knows_origin(request.headers()) {
        return next.run(request).await;
    }
    foreign()
}

/// The answer to a page of another site.
pub fn foreign() -> Response {
    let why = "this request is of a page of another site: ask from a page of \
               the workbook";
    Refusal::new(StatusCode::FORBIDDEN, why).into_response()
}

/// Serves an order only to a page of this start of the server.
pub async fn token(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let acts = request.method() == Method::POST;
    if !acts || guard.knows_token(request.headers()) {
        return next.run(request).await;
    }
    let why = format!(
        "the header {TOKEN_HEADER} is missing or of another start of the \
         server: load the page anew"
    );
    Refusal::new(StatusCode::FORBIDDEN, why).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_policy_names_each_inline_script_by_its_hash() {
        let page = "<script>a()</script><script src=\"b.js\"></script>\
                    <script type=\"application/json\">{}</script>\
                    <script>a()</script>";
        let policy = policy(page, &["localhost:1".to_owned()]);
        let hash = base64(&Sha256::digest("a()"));
        let scripts = format!("script-src 'self' 'sha256-{hash}';");
        assert!(policy.contains(&scripts), "{policy}");
        assert!(policy.contains("connect-src 'self' ws://localhost:1;"));
    }

    #[test]
    fn a_token_is_held_in_full() {
        let guard = Guard::new(1).expect("random numbers");
        let known = |token: &str| {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_str(token).expect("a header");
            headers.insert(TOKEN_HEADER, value);
            guard.knows_token(&headers)
        };
        assert!(known(&guard.token));
        assert!(!known(&guard.token[1..]));
        assert!(!known(&format!("{}0", guard.token)));
        assert!(!known(""));
        assert_ne!(guard.token, Guard::new(1).expect("random").token);
    }
}
