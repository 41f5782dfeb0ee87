//! A request that is not served, and why.

use crate::order::event::Event;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

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

/// Why a response is a refusal.
#[derive(Debug, Clone)]
struct Why(String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "application/x-ndjson")];
        let why = Why(self.why.clone());
        let line = Event::Refused { why: self.why }.to_line();
        let mut response = (self.status, kind, line).into_response();
        response.extensions_mut().insert(why);
        response
    }
}

/// Makes a page of a refusal for those who asked for a page: a browser would
/// offer to save the other.
pub async fn readable(request: Request, next: Next) -> Response {
    let wants_page = accepts_page(request.headers());
    let response = next.run(request).await;
    match response.extensions().get() {
        Some(Why(why)) if wants_page => {
            let status = response.status();
            let page = page(status, why).into_string();
            let (mut parts, _) = response.into_parts();
            parts.headers.remove(header::CONTENT_LENGTH);
            for (name, value) in [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CONTENT_SECURITY_POLICY, POLICY),
            ] {
                let value = header::HeaderValue::from_static(value);
                parts.headers.insert(name, value);
            }
            Response::from_parts(parts, page.into())
        }
        _ => response,
    }
}

/// Such a page loads nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; \
                      frame-ancestors 'none'";

fn accepts_page(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter();
    accepted.any(|kinds| {
        kinds
            .to_str()
            .is_ok_and(|kinds| kinds.contains("text/html"))
    })
}

const STYLE: &str = ":root { color-scheme: light dark } body { font: 1.1rem/1.5 \
                     sans-serif; max-width: 40rem; margin: 3rem auto; padding: \
                     0 1rem; overflow-wrap: anywhere }";

fn page(status: StatusCode, why: &str) -> Markup {
    // At another address there is no way to the book but the one that is told.
    let is_here = status != StatusCode::MISDIRECTED_REQUEST;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Not served: " (status.as_u16()) }
                style { (STYLE) }
            }
            body {
                h1 { "This is not served" }
                p { (sentence(why)) }
                @if is_here {
                    p { a href="/" { "To the workbook" } }
                }
            }
        }
    }
}

/// With a capital letter and an end.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let first = letters.next().map(char::to_uppercase);
    let end = if why.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    first
        .into_iter()
        .flatten()
        .chain(letters)
        .collect::<String>()
        + end
}
