//! Where a text is cut into tokens, and how many a text is taken to have.

/// One token for every four bytes, rounded up. OpenAI's limiter estimates a
/// request in the same manner before it is answered.
#[must_use]
pub fn estimated_tokens(text: &str) -> usize {
    text.len().div_ceil(4)
}

/// The first of the tokens in which a text is streamed: a word with the blanks
/// before it. Empty where the text is.
pub(crate) fn first_token(text: &str) -> &str {
    let word = text.find(|c: char| !c.is_whitespace());
    let word = word.unwrap_or(text.len());
    let end = text[word..].find(char::is_whitespace);
    &text[..end.map_or(text.len(), |end| word + end)]
}

/// The first fragment of the arguments of a call, which are JSON and may have no
/// blanks: a run of letters and digits, or of anything else.
pub(crate) fn first_fragment(text: &str) -> &str {
    let mut chars = text.char_indices();
    let Some((_, first)) = chars.next() else {
        return text;
    };
    let plain = first.is_alphanumeric();
    let end = chars.find(|(_, c)| c.is_alphanumeric() != plain);
    &text[..end.map_or(text.len(), |(end, _)| end)]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text, cut into what this finds at its beginning.
    fn cut(mut rest: &str, first: fn(&str) -> &str) -> Vec<&str> {
        let mut pieces = Vec::new();
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(first(rest).len());
            pieces.push(piece);
            rest = more;
        }
        pieces
    }

    #[test]
    fn tokens_joined_are_the_text() {
        for text in ["", " ", "a", "one two", "  ein  Satz\nmehr ", "日本 語"]
        {
            assert_eq!(cut(text, first_token).concat(), text);
        }
        let words = cut("one two, three ", first_token);
        assert_eq!(words, ["one", " two,", " three", " "]);
    }

    #[test]
    fn arguments_are_cut_where_words_begin_and_end() {
        let fragments = cut(r#"{"city": "São Paulo"}"#, first_fragment);
        assert_eq!(
            fragments,
            [r#"{""#, "city", r#"": ""#, "São", " ", "Paulo", r#""}"#]
        );
    }
}
