//! The ids that mdBook gives to headings and terms.

/// mdBook's id of a heading with these words.
#[must_use]
pub fn slug(words: &str) -> String {
    words
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|letter| {
            if letter.is_alphanumeric() || letter == '_' || letter == '-' {
                Some(letter)
            } else {
                letter.is_whitespace().then_some('-')
            }
        })
        .collect()
}
