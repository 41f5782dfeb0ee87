//! Figures: how a measured time or ratio is written.
//!
//! A recorded time is late by some milliseconds, never early. It is rounded to
//! the nearest twentieth of a second, so that a figure of the book does not
//! change with each recording.

/// Rounds a recorded time in seconds to the figure the book shows.
#[must_use]
pub fn rounded(seconds: f64) -> f64 {
    (seconds * 20.0).round() / 20.0
}

/// A recorded time as the book writes it: `9.0 s`, `1.25 s`.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    format!("{}\u{a0}s", decimals(rounded(seconds)))
}

/// A recorded time for a column of such, to two decimals: `9.00`.
#[must_use]
pub fn column(seconds: f64) -> String {
    format!("{:.2}", rounded(seconds))
}

/// The ratio of two recorded times: `2.25×`.
///
/// `None` if the second is too short to divide by.
#[must_use]
pub fn ratio(slow: f64, fast: f64) -> Option<String> {
    let (slow, fast) = (rounded(slow), rounded(fast));
    (fast >= 0.1).then(|| format!("{}×", decimals(slow / fast)))
}

/// One or two decimals, the second only if it says something.
fn decimals(value: f64) -> String {
    let text = format!("{value:.2}");
    match text.strip_suffix('0') {
        Some(shorter) => shorter.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lateness_does_not_show_in_a_figure() {
        assert_eq!(seconds(9.012), "9.0\u{a0}s");
        assert_eq!(seconds(2.319), "2.3\u{a0}s");
        assert_eq!(seconds(1.256), "1.25\u{a0}s");
        assert_eq!(seconds(0.014), "0.0\u{a0}s");
    }

    #[test]
    fn a_ratio_is_that_of_the_figures_shown() {
        assert_eq!(ratio(9.012, 4.004).as_deref(), Some("2.25×"));
        assert_eq!(ratio(10.02, 2.01).as_deref(), Some("5.0×"));
        assert_eq!(ratio(9.0, 0.001), None);
    }
}
