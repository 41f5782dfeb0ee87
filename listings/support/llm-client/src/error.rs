//! What can go wrong, told apart by what a caller would do about it.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;
use std::time::Duration;

/// Why there is no answer, or no more of one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// 401 or 403: no attempt with this key will succeed.
    #[error("the key was refused")]
    Unauthorized,
    /// 429: too many requests or tokens for now.
    #[error("too many requests")]
    RateLimited {
        /// How long the server asks us to wait.
        retry_after: Option<Duration>,
    },
    /// 429 as well, and yet permanent: the account is empty.
    #[error("no credit left")]
    QuotaExhausted,
    /// The prompt and its answer have no room in the model.
    #[error("the prompt is too long for the model")]
    ContextTooLong,
    /// 5xx: the server's own fault.
    #[error("the server failed: {0}")]
    Server(StatusCode),
    /// Any other refusal. With an error, what the server says of it.
    #[error("refused, {0}: {1}")]
    Refused(StatusCode, String),
    /// No connection, or it was lost before the answer began.
    #[error("not reached: {0}")]
    Unreachable(String),
    /// The connection ended before the answer did.
    #[error("hung up before the answer was whole")]
    HungUp,
    /// Nothing came for as long as we wait.
    #[error("no sign of life in time")]
    Timeout,
    /// The server says, in mid-answer, that it has failed.
    #[error("failed in mid-answer: {0}")]
    Failed(String),
    /// What came is not what the protocol says.
    #[error("not understood: {0}")]
    Protocol(String),
}

impl Error {
    /// What a response without success means. `body` is its whole body; a
    /// body that is not JSON, as proxies send them, is no fault.
    #[must_use]
    pub fn of(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let code = body["error"]["code"].as_str();
        match (status.as_u16(), code) {
            (401 | 403, _) => Self::Unauthorized,
            (429, Some("insufficient_quota")) => Self::QuotaExhausted,
            (429, _) => Self::RateLimited {
                retry_after: retry_after(headers),
            },
            (400, Some("context_length_exceeded")) => Self::ContextTooLong,
            (500.., _) => Self::Server(status),
            _ => {
                let message = body["error"]["message"].as_str();
                Self::Refused(status, message.unwrap_or_default().into())
            }
        }
    }

    /// Whether the same request may succeed later. Only an error that comes
    /// *before* the first token is a reason to ask again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::Server(_)
                | Self::Unreachable(_)
                | Self::Timeout
        )
    }

    /// How long the server wants us to wait, where it said so.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => *retry_after,
            _ => None,
        }
    }
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Timeout
        } else {
            // The address is left out: some providers want the key in it. And
            // the innermost cause says more than that sending failed.
            let error = error.without_url();
            let mut cause: &dyn std::error::Error = &error;
            while let Some(inner) = cause.source() {
                cause = inner;
            }
            Self::Unreachable(cause.to_string())
        }
    }
}

/// The header in seconds. HTTP also allows a date; none of the providers that
/// we know sends one.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?;
    Duration::try_from_secs_f64(seconds.trim().parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn of(status: u16, after: Option<&'static str>, body: &str) -> Error {
        let status = StatusCode::from_u16(status).expect("a status");
        let mut headers = HeaderMap::new();
        if let Some(after) = after {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(after));
        }
        Error::of(status, &headers, body.as_bytes())
    }

    #[test]
    fn a_429_without_credit_is_permanent() {
        let body = r#"{"error":{"code":"insufficient_quota"}}"#;
        let error = of(429, Some("2"), body);
        assert_eq!(error, Error::QuotaExhausted);
        assert!(!error.is_transient());
    }

    #[test]
    fn a_429_says_how_long_to_wait() {
        let error = of(429, Some("2"), "{}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(2)));
        let error = of(429, Some("0.5"), "{}");
        assert_eq!(error.retry_after(), Some(Duration::from_millis(500)));
        assert!(error.is_transient());
    }

    #[test]
    fn nonsense_in_the_header_is_no_panic() {
        for after in ["", "soon", "-1", "NaN", "inf", "1e300"] {
            assert_eq!(of(429, Some(after), "{}").retry_after(), None);
        }
    }

    #[test]
    fn a_proxy_s_page_is_an_error_too() {
        let error = of(502, None, "<html>Bad Gateway</html>");
        assert_eq!(error, Error::Server(StatusCode::BAD_GATEWAY));
        assert!(error.is_transient());
    }

    #[test]
    fn what_we_sent_wrong_is_not_sent_again() {
        let long = r#"{"error":{"code":"context_length_exceeded"}}"#;
        assert_eq!(of(400, None, long), Error::ContextTooLong);
        let other = r#"{"error":{"message":"no such model","code":404}}"#;
        assert!(matches!(of(404, None, other), Error::Refused(_, m)
            if m == "no such model"));
        assert_eq!(of(401, None, ""), Error::Unauthorized);
        for error in [of(400, None, long), of(404, None, other)] {
            assert!(!error.is_transient());
        }
    }
}
