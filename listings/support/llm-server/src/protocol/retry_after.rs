//! How a refusal says when to come back.

use http::{HeaderName, HeaderValue, header};
use std::time::{Duration, SystemTime};

/// `retry-after-ms`, which OpenAI's own clients read before `Retry-After`.
const MILLIS: HeaderName = HeaderName::from_static("retry-after-ms");

/// How a refusal says when to come back. RFC 9110, "Retry-After", knows whole
/// seconds and a date; the others are what services send all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryAfter {
    /// Whole seconds, rounded up: `Retry-After: 2`.
    Seconds(Duration),
    /// Seconds with a fraction: `Retry-After: 0.9`.
    Fraction(Duration),
    /// A date so far ahead, rounded up to a second, by the clock of the wall
    /// (dates know no paused clock): `Retry-After: Wed, 21 Oct 2015 07:28:00 GMT`.
    Date(Duration),
    /// Milliseconds, in a header of their own: `retry-after-ms: 900`.
    Millis(Duration),
    /// Whatever this says: `Retry-After: soon`. What no header can hold is left
    /// out.
    Text(String),
}

impl RetryAfter {
    /// The header that says it; `None` where no header can.
    pub(crate) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let value = match self {
            Self::Seconds(wait) => HeaderValue::from(whole_seconds(*wait)),
            Self::Fraction(wait) => {
                HeaderValue::try_from(wait.as_secs_f64().to_string()).ok()?
            }
            Self::Date(wait) => {
                let at = SystemTime::now().checked_add(*wait)?;
                let at =
                    at + (Duration::from_secs(1) - Duration::from_nanos(1));
                HeaderValue::try_from(httpdate::fmt_http_date(at)).ok()?
            }
            Self::Millis(wait) => {
                let millis = u64::try_from(wait.as_millis()).ok()?;
                return Some((MILLIS, HeaderValue::from(millis)));
            }
            Self::Text(text) => HeaderValue::from_str(text).ok()?,
        };
        Some((header::RETRY_AFTER, value))
    }
}

/// A duration as `Retry-After` has it: whole seconds, never too few.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(wait: &RetryAfter) -> String {
        let (name, value) = wait.header().expect("a header");
        format!("{name}: {}", value.to_str().expect("text"))
    }

    #[test]
    fn retry_after_is_never_too_short() {
        assert_eq!(whole_seconds(Duration::from_millis(1001)), 2);
        assert_eq!(whole_seconds(Duration::from_secs(2)), 2);
        assert_eq!(whole_seconds(Duration::ZERO), 0);
        let ahead = Duration::from_millis(3500);
        let before = SystemTime::now();
        let (_, date) = RetryAfter::Date(ahead).header().expect("a header");
        let date = httpdate::parse_http_date(date.to_str().expect("text"));
        let date = date.expect("a date");
        assert!(date >= before + ahead);
        assert!(date < before + ahead + Duration::from_secs(2));
    }

    #[test]
    fn each_way_to_say_it_has_its_header() {
        let wait = Duration::from_millis(900);
        for (after, header) in [
            (RetryAfter::Seconds(wait), "retry-after: 1"),
            (RetryAfter::Fraction(wait), "retry-after: 0.9"),
            (RetryAfter::Millis(wait), "retry-after-ms: 900"),
            (RetryAfter::Text("soon".to_owned()), "retry-after: soon"),
        ] {
            assert_eq!(said(&after), header);
        }
        assert_eq!(RetryAfter::Text("a\nb".to_owned()).header(), None);
    }
}
