//! For how long a server asks us to stay away.

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest that is believed. What to do about an hour is for the caller
/// to say; a year is a mistake.
pub const LONGEST: Duration = Duration::from_hours(24);

/// What `retry-after-ms` or `Retry-After` says, on whatever status; the finer
/// one, where there are both. Seconds may have a fraction. A date, or a number
/// that can only be seconds since 1970, counts from the server's own `Date`,
/// since its clock need not agree with ours. Nonsense is `None`, and nothing is
/// longer than a day.
///
/// RFC 9110, section 10.2.3; the milliseconds are OpenAI's and Azure's.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    // Some write the unit behind it: `2s`.
    let number =
        |text: &str| text.strip_suffix('s').unwrap_or(text).parse::<f64>().ok();
    let millis = text("retry-after-ms").and_then(number);
    let told = millis.and_then(|ms| seconds(ms / 1000.0)).or_else(|| {
        let told = text(RETRY_AFTER.as_str())?;
        let now = server_time(text(DATE.as_str()));
        match number(told) {
            Some(number) if number >= THIRTY_YEARS => {
                let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
                seconds((number - now.as_secs_f64()).max(0.0))
            }
            Some(number) => seconds(number),
            None => until(told, now),
        }
    });
    told.map(|told| told.min(LONGEST))
}

fn seconds(number: f64) -> Option<Duration> {
    // Neither negative nor a NaN; what is too much for a Duration is long.
    (number >= 0.0)
        .then(|| Duration::try_from_secs_f64(number).unwrap_or(LONGEST))
}

/// In seconds. Nobody asks us to stay away for so long.
const THIRTY_YEARS: f64 = 1e9;

/// What its `Date` says, or else our own clock.
fn server_time(date: Option<&str>) -> SystemTime {
    let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
    date.unwrap_or_else(SystemTime::now)
}

/// From `now` until `date`; nothing if that is over.
fn until(date: &str, now: SystemTime) -> Option<Duration> {
    let date = httpdate::parse_http_date(date).ok()?;
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
    fn it_comes_as_seconds_since_1970_or_with_a_unit() {
        let date = ("date", "Fri, 27 Nov 2026 10:00:00 GMT");
        let wait = told(&[date, ("retry-after", "1795773604")]);
        assert_eq!(wait, Some(Duration::from_secs(4)));
        let past = told(&[date, ("retry-after", "1795770000")]);
        assert_eq!(past, Some(Duration::ZERO));
        assert_eq!(after("2s"), Some(Duration::from_secs(2)));
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
