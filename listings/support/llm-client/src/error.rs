//! Why there is no answer, and the one table of what to do about it.

use crate::refusal::{Refusal, RefusalKind, tidy};
use crate::sse::SseError;
use std::error::Error as StdError;
use std::time::Duration;

// ANCHOR: error
/// Why there is no answer, or no more of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}{}", after(.so_far))]
pub struct Error {
    /// How far the call had come.
    pub phase: Phase,
    /// What happened.
    pub cause: Cause,
    /// The text that came before it.
    pub so_far: String,
}

/// How far a call had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// There was no response, or it was a refusal.
    Head,
    /// The response had begun, and no text had come.
    FirstToken,
    /// Some text had come. If somebody has seen it, don't ask again.
    Answer,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The request could not even be built, or nobody is there to read it: a
    /// key with a line break, an address without `http://` or with the wrong
    /// one.
    #[error("the request can't be sent: {0}")]
    Unsendable(String),
    /// There is no connection, so nothing was asked.
    #[error("no connection: {0}")]
    Unreachable(String),
    /// The connection ended before the answer did. It may have been computed,
    /// and may be billed.
    #[error("the connection was lost: {0}")]
    Lost(String),
    /// Nothing came for so long.
    #[error("nothing came for {0:?}")]
    TimedOut(Duration),
    /// All of it took longer than this.
    #[error("the answer was not whole after {0:?}")]
    TooSlow(Duration),
    /// The server sends us elsewhere, where our key doesn't go by itself.
    #[error("the server has moved to {0}: use that address, if you trust it")]
    Moved(String),
    /// The provider said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// `length`: the answer was cut off at the limit on its tokens.
    #[error("the answer was cut off at the limit on its length")]
    Truncated,
    /// `content_filter`.
    #[error("the provider's content filter stopped the answer")]
    Filtered,
    /// The model's own refusal, in its words.
    #[error("the model declined: {}", brief(.0))]
    Declined(String),
    /// `tool_calls`, where no tool was offered.
    #[error("the model asked for a tool instead of answering")]
    WantsTools,
    /// Another `finish_reason`, which doesn't say that the answer is whole.
    #[error("the answer ended with finish_reason {:?}", brief(.0))]
    Ended(String),
    /// It ended well, and without a word.
    #[error("the answer has no text")]
    Empty,
    /// One of the limits on size.
    #[error("{0} is larger than {1} bytes")]
    TooLarge(&'static str, usize),
    /// Something else came: a page, JSON, something compressed.
    #[error(
        "the server answered {} where a stream of events was asked for",
        brief(.0)
    )]
    NotAStream(String),
    /// An event that says nothing we know.
    #[error("not understood: {}", brief(.0))]
    Garbled(String),
}
// ANCHOR_END: error

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Ask again, and not before so long, if the provider named a time. It is
    /// the caller who knows whether a part was shown by then: see [`Phase`].
    Retry(Option<Duration>),
    /// Ask another model: this one will say the same again.
    AskOther,
    /// Tell a human. No question of ours will fare better.
    TellHuman,
}

impl Error {
    // ANCHOR: remedy
    /// What to do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match &self.cause {
            Cause::Unreachable(_)
            | Cause::Lost(_)
            | Cause::TimedOut(_)
            | Cause::TooSlow(_) => Remedy::Retry(None),
            Cause::Refused(refusal) => match refusal.kind {
                RefusalKind::Busy | RefusalKind::Failing => {
                    Remedy::Retry(refusal.retry_after)
                }
                RefusalKind::TooLong | RefusalKind::Request => Remedy::AskOther,
                RefusalKind::NoCredit | RefusalKind::Key => Remedy::TellHuman,
            },
            // The server's own failure, by another name.
            Cause::Ended(reason) if is_failure(reason) => Remedy::Retry(None),
            Cause::Filtered
            | Cause::Declined(_)
            | Cause::WantsTools
            | Cause::Ended(_)
            | Cause::Empty
            | Cause::TooLarge(..)
            | Cause::Garbled(_) => Remedy::AskOther,
            // Our own limit on the answer, our own key or address.
            Cause::Truncated
            | Cause::NotAStream(_)
            | Cause::Moved(_)
            | Cause::Unsendable(_) => Remedy::TellHuman,
        }
    }
    // ANCHOR_END: remedy

    /// Before there was a response.
    #[must_use]
    pub fn head(cause: Cause) -> Self {
        Self {
            phase: Phase::Head,
            cause,
            so_far: String::new(),
        }
    }

    /// What the provider said, if it is that.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.cause {
            Cause::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Whether an attempt that ended so was most likely computed, and paid
    /// for: it was too slow for us, or was lost after it had begun to answer.
    #[must_use]
    pub fn may_be_paid(&self) -> bool {
        match self.cause {
            Cause::TimedOut(_) | Cause::TooSlow(_) => true,
            Cause::Lost(_) => self.phase != Phase::Head,
            _ => false,
        }
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.remedy(), Remedy::Retry(_))
    }

    /// How long the provider asked us to stay away.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.refusal()?.retry_after
    }
}

/// A reason to end that tells of the server: `network_error` say, or `DeepSeek`'s
/// `insufficient_system_resource`.
fn is_failure(reason: &str) -> bool {
    let reason = reason.to_ascii_lowercase();
    let words = ["error", "abort", "cancel", "resource", "timeout"];
    words.iter().any(|word| reason.contains(word))
}

/// As much of a server's words as a user will read, on one line.
fn brief(text: &str) -> String {
    tidy(text).chars().take(300).collect()
}

fn after(so_far: &str) -> String {
    match so_far.chars().count() {
        0 => String::new(),
        many => format!(" (after {many} characters of the answer)"),
    }
}

impl From<Refusal> for Cause {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl Cause {
    pub(crate) fn lost(error: &(dyn StdError + 'static)) -> Self {
        Self::Lost(innermost(error))
    }

    /// Why reqwest's `send` has no response.
    #[must_use]
    pub fn of_sending(error: reqwest::Error) -> Self {
        // The address is left out: some providers want the key in it.
        let error = error.without_url();
        let cause = innermost(&error);
        // No later attempt changes a certificate, or teaches a server TLS.
        if cause.contains("corrupt message") {
            Self::Unsendable("the server speaks no TLS: is it http://?".into())
        } else if cause.contains("invalid HTTP version") {
            Self::Unsendable("what answers isn't HTTP: is it https://?".into())
        } else if error.is_builder() || cause.contains("certificate") {
            Self::Unsendable(cause)
        } else if error.is_connect() {
            Self::Unreachable(cause)
        } else {
            Self::lost(&error)
        }
    }

    pub(crate) fn of_parsing(error: SseError) -> Self {
        match error {
            SseError::TooLarge(limit) => Self::TooLarge("an event", limit),
            other => Self::Garbled(other.to_string()),
        }
    }
}

/// The innermost cause says "connection refused", where the outermost says
/// that sending failed.
fn innermost(error: &(dyn StdError + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, RETRY_AFTER};

    fn refused(status: u16, body: &str) -> Error {
        let status = StatusCode::from_u16(status).expect("a status");
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, 2.into());
        let refusal = Refusal::of(status, &headers, body.as_bytes());
        Error::head(refusal.into())
    }

    #[test]
    fn each_refusal_has_its_remedy() {
        let wait = Remedy::Retry(Some(Duration::from_secs(2)));
        for (status, body, remedy) in [
            (408, "", wait),
            (409, "", wait),
            (429, "", wait),
            (500, "", wait),
            (503, "", wait),
            (529, "", wait),
            (429, "insufficient_quota", Remedy::TellHuman),
            (401, "", Remedy::TellHuman),
            (400, "context_length_exceeded", Remedy::AskOther),
            (404, "", Remedy::AskOther),
        ] {
            let error = refused(status, body);
            assert_eq!(error.remedy(), remedy, "{status} {body}");
            assert_eq!(error.is_transient(), remedy == wait);
        }
    }

    #[test]
    fn what_we_got_wrong_is_for_a_human() {
        for cause in [
            Cause::Unsendable("no scheme".into()),
            Cause::NotAStream("text/html".into()),
            Cause::Truncated,
        ] {
            assert_eq!(Error::head(cause).remedy(), Remedy::TellHuman);
        }
    }

    #[test]
    fn an_error_says_how_much_text_came_before_it() {
        let error = Error {
            phase: Phase::Answer,
            cause: Cause::Truncated,
            so_far: "It went".into(),
        };
        let said = error.to_string();
        assert!(
            said.ends_with("(after 7 characters of the answer)"),
            "{said}"
        );
        let said = Error::head(Cause::Empty).to_string();
        assert_eq!(said, "the answer has no text");
    }
}
