//! Where a text is cut into tokens, and how many a text is taken to have.

/// One token for every four bytes, rounded up. OpenAI's limiter estimates a
/// request in the same manner before it is answered.
#[must_use]
pub fn estimated_tokens(text: &str) -> usize {
    text.len().div_ceil(4)
}

/// A text in the tokens in which it is streamed: a word with the blanks before
/// it. Joined they are the text.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let token = first_token(rest);
        rest = &rest[token.len()..];
        (!token.is_empty()).then_some(token)
    })
}

/// The first token of a text; empty where the text is.
pub(crate) fn first_token(text: &str) -> &str {
    let word = text.find(|c: char| !c.is_whitespace());
    let word = word.unwrap_or(text.len());
    let end = text[word..].find(char::is_whitespace);
    &text[..end.map_or(text.len(), |end| word + end)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_joined_are_the_text() {
        for text in ["", " ", "a", "one two", "  ein  Satz\nmehr ", "日本 語"]
        {
            assert_eq!(tokens(text).collect::<String>(), text);
        }
        let words: Vec<_> = tokens("one two, three ").collect();
        assert_eq!(words, ["one", " two,", " three", " "]);
    }
}
