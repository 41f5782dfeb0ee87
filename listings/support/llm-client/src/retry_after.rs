//! For how long a server asks us to stay away.

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use std::time::{Duration, SystemTime};

/// The longest that is believed. What to do about an hour is for the caller
/// to say; a year is a mistake.
pub const LONGEST: Duration = Duration::from_hours(24);

/// What `retry-after-ms` or `Retry-After` says, on whatever status; the finer
/// one, where there are both. Seconds may have a fraction. A date counts from
/// the server's own `Date`, since its clock need not agree with ours. Nonsense
/// is `None`, and nothing is longer than a day.
///
/// RFC 9110, section 10.2.3; the milliseconds are OpenAI's and Azure's.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok();
    let millis = text("retry-after-ms").and_then(number);
    let told = millis.and_then(|ms| seconds(ms / 1000.0)).or_else(|| {
        let told = text(RETRY_AFTER.as_str())?;
        match number(told) {
            Some(number) => seconds(number),
            None => until(told, text(DATE.as_str())),
        }
    });
    told.map(|told| told.min(LONGEST))
}

fn seconds(number: f64) -> Option<Duration> {
    // Neither negative nor a NaN; what is too much for a Duration is long.
    (number >= 0.0)
        .then(|| Duration::try_from_secs_f64(number).unwrap_or(LONGEST))
}

/// From `now`, or our own now, until `date`; nothing if that is over.
fn until(date: &str, now: Option<&str>) -> Option<Duration> {
    let date = httpdate::parse_http_date(date).ok()?;
    let now = now.and_then(|now| httpdate::parse_http_date(now).ok());
    let now = now.unwrap_or_else(SystemTime::now);
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn told(headers: &[(&'static str, &str)]) -> Option<Duration> {
        let pair = |(name, value): &(&'static str, &str)| {
            let value = HeaderValue::from_str(value).expect("a value");
            (HeaderName::from_static(name), value)
        };
        retry_after(&headers.iter().map(pair).collect())
    }

    fn after(value: &str) -> Option<Duration> {
        told(&[("retry-after", value)])
    }

    #[test]
    fn it_comes_in_seconds_or_a_fraction_of_them() {
        assert_eq!(after("2"), Some(Duration::from_secs(2)));
        assert_eq!(after(" 0.9 "), Some(Duration::from_millis(900)));
        assert_eq!(after("0"), Some(Duration::ZERO));
    }

    #[test]
    fn it_comes_as_a_date() {
        let date = ("date", "Fri, 27 Nov 2026 10:00:00 GMT");
        let later = ("retry-after", "Fri, 27 Nov 2026 10:00:04 GMT");
        assert_eq!(told(&[date, later]), Some(Duration::from_secs(4)));
        let past = ("retry-after", "Fri, 27 Nov 2026 09:00:00 GMT");
        assert_eq!(told(&[date, past]), Some(Duration::ZERO));
        // Without the server's own time it counts from ours.
        let soon = SystemTime::now() + Duration::from_secs(100);
        let told = after(&httpdate::fmt_http_date(soon)).expect("a date");
        assert!((90..=100).contains(&told.as_secs()), "{told:?}");
    }

    #[test]
    fn the_finer_of_two_wins() {
        let both = [("retry-after", "1"), ("retry-after-ms", "120")];
        assert_eq!(told(&both), Some(Duration::from_millis(120)));
        let nonsense = [("retry-after", "1"), ("retry-after-ms", "soon")];
        assert_eq!(told(&nonsense), Some(Duration::from_secs(1)));
    }

    #[test]
    fn nonsense_is_none_and_a_year_is_a_day() {
        for text in ["", "soon", "-1", "NaN", "-inf", "1 s", "Fri, 31 Feb"] {
            assert_eq!(after(text), None, "{text}");
        }
        for text in ["1e300", "inf", "31536000"] {
            assert_eq!(after(text), Some(LONGEST), "{text}");
        }
        assert_eq!(told(&[]), None);
    }
}
