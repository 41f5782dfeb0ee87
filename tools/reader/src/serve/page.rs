//! What is put into a page when it is served, and what a browser may do with
//! it.

use crate::api::Refusal;
use crate::serve::guard::{Guard, TOKEN_HEADER};
use crate::serve::{access, files};
use anyhow::{Context, Result};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use regex::Regex;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// Serves pages with the policy that holds for them, and with what runs
/// listings to a browser that may do that.
pub async fn seal(
    State(guard): State<Arc<Guard>>,
    mut request: Request,
    next: Next,
) -> Response {
    let whole = request.method() == Method::GET;
    if is_page(request.uri().path()) {
        // What a page holds depends on who asks, and on this start.
        for name in [
            header::IF_MODIFIED_SINCE,
            header::IF_NONE_MATCH,
            header::RANGE,
        ] {
            request.headers_mut().remove(name);
        }
    }
    let runs = guard.access.admits(request.headers());
    let response = next.run(request).await;
    if !is_html(&response) {
        return response;
    }
    sealed(&guard, response, runs, whole)
        .await
        .unwrap_or_else(|error| {
            let why = format!("the page can't be read: {error:#}");
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, why).into_response()
        })
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

/// A page with its policy, and with all that `runs` listings or the reason why
/// it does not; without its body unless it is asked for `whole`.
async fn sealed(
    guard: &Guard,
    response: Response,
    runs: bool,
    whole: bool,
) -> Result<Response> {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await?;
    let page = String::from_utf8(bytes.into()).context("it is not UTF-8")?;
    let policy = HeaderValue::from_str(&policy(&page, &guard.hosts))?;
    let page = if runs {
        with_runner(&page, &guard.token)
    } else {
        without_runner(&page)
    };
    for name in [header::CONTENT_LENGTH, header::LAST_MODIFIED, header::ETAG] {
        parts.headers.remove(name);
    }
    let unkept = HeaderValue::from_static("no-store");
    parts.headers.insert(header::CACHE_CONTROL, unkept);
    parts
        .headers
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    let body = if whole { page.into() } else { Body::empty() };
    Ok(Response::from_parts(parts, body))
}

/// A page with the token, and with what runs listings, which is served here
/// alone: a static site has no use for it.
fn with_runner(page: &str, token: &str) -> String {
    let head = format!(
        "<head>\n        <meta name=\"{TOKEN_HEADER}\" content=\"{token}\">{}",
        files::RUN
    );
    page.replacen("<head>", &head, 1)
}

/// The line of a page that says how to run its listings.
static HOW_TO_RUN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?s)<p class="how-to-run">.*?</p>"#).expect("a valid pattern")
});

/// A page that says, where it says how to run its listings, why they can't be
/// run in this browser.
fn without_runner(page: &str) -> String {
    let line = format!(
        "<p class=\"how-to-run\">You can read here, but not run or edit \
         listings: {}.</p>",
        access::REMEDY.replacen("`cargo run`", "<code>cargo run</code>", 1)
    );
    HOW_TO_RUN
        .replace(page, regex::NoExpand(&line))
        .into_owned()
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
            let hash = Sha256::digest(&script[1]);
            format!(" 'sha256-{}'", BASE64_STANDARD.encode(hash))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_each_inline_script_by_its_hash() {
        let page = "<script>a()</script><script src=\"b.js\"></script>\
                    <script type=\"application/json\">{}</script>\
                    <script>a()</script>";
        let policy = policy(page, &["localhost:1".to_owned()]);
        // printf 'a()' | openssl dgst -sha256 -binary | base64
        let hash = "qVpDBgj7bpq5hMAcGp3AOc79J3Y1Z4HvySTwKrWDoy4=";
        let scripts = format!("script-src 'self' 'sha256-{hash}';");
        assert!(policy.contains(&scripts), "{policy}");
        assert!(policy.contains("connect-src 'self' ws://localhost:1;"));
    }

    #[test]
    fn a_page_says_why_it_runs_nothing() {
        let page = "<head></head><p class=\"how-to-run\">To run\nthese, \
                    <code>cargo run</code>.</p><p>A $1 more.</p>";
        let read_only = without_runner(page);
        assert!(!read_only.contains("To run"), "{read_only}");
        let words = "open the address that <code>cargo run</code> printed";
        assert!(read_only.contains(words), "{read_only}");
        assert!(read_only.ends_with(".</p><p>A $1 more.</p>"));
        assert!(!read_only.contains("main.js"));
    }
}
