//! Which browser is the reader's own.
//!
//! Every account of this machine may connect to the server, and what a page
//! runs is run as the reader. So the address that the reader is given has a key
//! in it, which a browser swaps for a cookie. Without that cookie a browser may
//! read, and nothing more.
//!
//! Its limit: browsers send a cookie to every port of a host. Whoever opens in the
//! same browser a page that another account serves on 127.0.0.1 shows it the key.

use crate::api::Refusal;
use anyhow::{Result, anyhow};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// What the key is called in an address.
const PARAMETER: &str = "key=";

/// What a reader can do about a browser that may not run listings.
pub const REMEDY: &str = "open the address that `cargo run` printed in its terminal; each start of \
     the server has another";

/// The key of one start of the server, and the cookie that holds it.
#[derive(Debug)]
pub struct Access {
    address: SocketAddr,
    key: String,
    cookie: String,
}

/// A number that nobody can guess: 128 random bits, as 32 hex digits.
///
/// # Errors
/// If the system has no random numbers.
pub fn secret() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        anyhow!("the system has no random numbers: {error}")
    })?;
    Ok(format!("{:032x}", u128::from_le_bytes(bytes)))
}

/// Whether both are the same, in a time that does not tell where they differ.
pub fn is_same(ours: &str, theirs: &[u8]) -> bool {
    ours.as_bytes().ct_eq(theirs).into()
}

impl Access {
    /// For a server at this address, with a key of its own.
    ///
    /// # Errors
    /// As [`secret`].
    pub fn new(address: SocketAddr) -> Result<Self> {
        Ok(Self {
            address,
            key: secret()?,
            // Two servers of one host get each other's cookies.
            cookie: format!("workbook-{}", address.port()),
        })
    }

    /// The address for the reader's own browser, with the key in it.
    pub fn url(&self) -> String {
        format!("http://{}/?{PARAMETER}{}", self.address, self.key)
    }

    /// Whether the request comes from a browser that was shown the key.
    pub fn admits(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get_all(header::COOKIE).iter();
        sent.flat_map(|cookies| cookies.as_bytes().split(|byte| *byte == b';'))
            .filter_map(|cookie| {
                let cookie = cookie.trim_ascii();
                let value = cookie.strip_prefix(self.cookie.as_bytes())?;
                value.strip_prefix(b"=")
            })
            .any(|value| is_same(&self.key, value))
    }

    /// The answer to a browser that shows a key: a cookie if it is the right
    /// one, and the way to the same page without it.
    fn swap(&self, shown: &str, host: &HeaderValue, uri: &Uri) -> Response {
        let mut response = "The workbook is opening.".into_response();
        let headers = response.headers_mut();
        let next = format!(
            "0; url=http://{}{}",
            host.to_str().unwrap_or_default(),
            without_key(uri)
        );
        // Not a 303: a browser that comes from a file, as the reader's does,
        // would follow that without the cookie, since it is `Strict`. This is
        // a step from a page of this server to another.
        if let Ok(next) = HeaderValue::from_str(&next) {
            headers.insert("refresh", next);
        }
        if is_same(&self.key, shown.as_bytes()) {
            let cookie = format!(
                "{}={}; Path=/; HttpOnly; SameSite=Strict",
                self.cookie, self.key
            );
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                headers.insert(header::SET_COOKIE, cookie);
            }
        }
        let quiet = HeaderValue::from_static("no-referrer");
        headers.insert(header::REFERRER_POLICY, quiet);
        let unkept = HeaderValue::from_static("no-store");
        headers.insert(header::CACHE_CONTROL, unkept);
        response
    }
}

/// The key in an address, right or wrong.
fn key(uri: &Uri) -> Option<&str> {
    let mut pairs = uri.query()?.split('&');
    pairs.find_map(|pair| pair.strip_prefix(PARAMETER))
}

/// The path of an address, and its query without the key.
fn without_key(uri: &Uri) -> String {
    let pairs = uri.query().unwrap_or_default().split('&');
    let rest: Vec<&str> = pairs
        .filter(|pair| !pair.is_empty() && !pair.starts_with(PARAMETER))
        .collect();
    let mark = if rest.is_empty() { "" } else { "?" };
    format!("{}{mark}{}", uri.path(), rest.join("&"))
}

/// Takes the key from a browser that shows it.
pub async fn enter(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let host = request.headers().get(header::HOST);
    match (key(request.uri()), host) {
        (Some(shown), Some(host)) if reads => {
            access.swap(shown, host, request.uri())
        }
        _ => next.run(request).await,
    }
}

/// Serves only browsers that were shown the key.
pub async fn required(
    State(access): State<Arc<Access>>,
    request: Request,
    next: Next,
) -> Response {
    if access.admits(request.headers()) {
        return next.run(request).await;
    }
    let why = format!("this browser may only read: {REMEDY}");
    Refusal::new(StatusCode::FORBIDDEN, why).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(port: u16) -> Access {
        let address = ([127, 0, 0, 1], port).into();
        Access::new(address).expect("random numbers")
    }

    fn admits(access: &Access, cookie: &str) -> bool {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_str(cookie).expect("a header");
        headers.insert(header::COOKIE, value);
        access.admits(&headers)
    }

    #[test]
    fn a_key_is_held_in_full_and_at_its_own_port() {
        let access = access(1);
        let key = &access.key;
        assert!(admits(&access, &format!("workbook-1={key}")));
        assert!(admits(&access, &format!("a=b;  workbook-1={key}; c=d")));
        assert!(!admits(&access, &format!("workbook-2={key}")));
        assert!(!admits(&access, &format!("workbook-1={}", &key[1..])));
        assert!(!admits(&access, &format!("workbook-1={key}0")));
        assert!(!admits(&access, "workbook-1="));
        assert!(!admits(&access, "workbook-1"));
        assert!(!admits(&access, ""));
    }

    #[test]
    fn each_start_has_another_key() {
        assert_ne!(access(1).key, access(1).key);
    }

    #[test]
    fn a_key_is_dropped_from_an_address_and_the_rest_is_kept() {
        for (uri, rest) in [
            ("/?key=1", "/"),
            ("/ch01.html?key=1", "/ch01.html"),
            ("/a/b?search=x&key=1&y=2", "/a/b?search=x&y=2"),
            ("/a?", "/a"),
        ] {
            let uri: Uri = uri.parse().expect("an address");
            assert_eq!(without_key(&uri), rest);
        }
    }
}
