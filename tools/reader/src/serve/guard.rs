//! Who may ask.
//!
//! The runner does what its reader wrote, as the reader. So nobody else may ask
//! for it: not another account of the machine ([`access`]), not a page of
//! another site (`Host`, `Origin`, `Sec-Fetch-Site`, the token), nor a script
//! that got into a page (the policy that [`page`](super::page) sets).

use crate::api::Refusal;
use crate::serve::access::{self, Access, is_same};
use anyhow::Result;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::uri::Authority;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;

/// The header in which a page sends the token.
pub const TOKEN_HEADER: &str = "workbook-token";

/// What a request must show.
#[derive(Debug)]
pub struct Guard {
    /// The names by which this server may be called.
    pub hosts: Vec<String>,
    /// What a page of this start sends with each order.
    pub token: String,
    /// Who may do more than read.
    pub access: Arc<Access>,
}

impl Guard {
    /// For a server at this address, with a token and a key of its own.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub fn new(address: SocketAddr) -> Result<Arc<Self>> {
        Ok(Arc::new(Self {
            hosts: hosts(address.port()),
            token: access::secret()?,
            access: Arc::new(Access::new(address)?),
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

    fn knows_token(&self, headers: &HeaderMap) -> bool {
        let token = headers.get(TOKEN_HEADER).map(HeaderValue::as_bytes);
        is_same(&self.token, token.unwrap_or_default())
    }
}

/// The names of a server at this port of the loopback. A browser leaves out the
/// port of plain HTTP.
fn hosts(port: u16) -> Vec<String> {
    let names = ["127.0.0.1", "localhost"];
    let with_port = names.map(|name| format!("{name}:{port}"));
    let bare = names.map(str::to_owned).into_iter();
    with_port
        .into_iter()
        .chain(bare.filter(|_| port == 80))
        .collect()
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
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (HOME_ONLY, "same-origin"),
    ] {
        // What was served may be stricter.
        let value = HeaderValue::from_static(value);
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// No page of another site may embed what has this.
const HOME_ONLY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

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

/// Serves an order only to a page of this start of the server: the cookie alone
/// would be sent by pages of other servers on this machine, too.
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
         server: load the page again"
    );
    Refusal::new(StatusCode::FORBIDDEN, why).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_at_the_port_of_http_has_names_without_one() {
        let at = |port| Guard::new(([127, 0, 0, 1], port).into());
        let guard = at(80).expect("random");
        for host in ["127.0.0.1", "localhost", "127.0.0.1:80", "localhost:80"] {
            assert!(guard.is_host(host), "{host}");
        }
        assert!(!guard.is_host("evil.example"));
        let guard = at(3000).expect("random");
        assert!(guard.is_host("localhost:3000"));
        for host in ["127.0.0.1", "localhost", "localhost:80"] {
            assert!(!guard.is_host(host), "{host}");
        }
    }

    #[test]
    fn a_token_is_held_in_full() {
        let guard = || Guard::new(([127, 0, 0, 1], 1).into());
        let (guard, other) = (guard().expect("random"), guard().expect("too"));
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
        assert_ne!(guard.token, other.token);
    }
}
