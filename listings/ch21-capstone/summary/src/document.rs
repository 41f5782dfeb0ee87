//! The document, and how it is cut.

use std::sync::LazyLock;
use tiktoken_rs::{CoreBPE, o200k_base_singleton};

/// The beginning of *The Moonstone* by Wilkie Collins (1868), public domain.
pub const MOONSTONE: &str = include_str!("../document/moonstone.txt");

/// What text costs: its tokens by `o200k_base`, the vocabulary of current
/// models.
///
/// The first call loads the vocabulary, which takes a moment of computing: call
/// it where nothing else waits, or in `spawn_blocking`.
#[must_use]
pub fn tokens(text: &str) -> usize {
    static VOCABULARY: LazyLock<&CoreBPE> = LazyLock::new(o200k_base_singleton);
    VOCABULARY.count_ordinary(text)
}

/// A part of the document that one request can carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its part of the document, unchanged.
    pub text: String,
    /// How many tokens that is.
    pub tokens: usize,
}

// ANCHOR: cut
/// Cuts `text` into chunks of at most `limit` tokens, between paragraphs where
/// it can. Put together again, they are the text.
///
/// # Panics
/// If `limit` is 0, or too small for one character.
#[must_use]
pub fn cut(text: &str, limit: usize) -> Vec<Chunk> {
    let mut drafts: Vec<(String, usize)> = Vec::new();
    for (part, cost) in paragraphs(text).flat_map(|text| pieces(text, limit)) {
        match drafts.last_mut() {
            Some((draft, sum)) if *sum + cost <= limit => {
                *draft += part;
                *sum += cost;
            }
            _ => drafts.push((part.to_owned(), cost)),
        }
    }
    // Two texts may have more tokens as one than each by itself. So what counts
    // is the count of the whole chunk, and now and then one is cut once more.
    let chunks = drafts.iter().flat_map(|(draft, _)| pieces(draft, limit));
    let chunk = |(index, (text, tokens)): (usize, (&str, usize))| Chunk {
        index,
        text: text.to_owned(),
        tokens,
    };
    chunks.enumerate().map(chunk).collect()
}
// ANCHOR_END: cut

/// The paragraphs of a text, each with the empty lines below it.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let gap = rest.find("\n\n").map(|at| {
            let below = &rest[at..];
            at + below.len() - below.trim_start_matches('\n').len()
        });
        let (first, others) = rest.split_at(gap.unwrap_or(rest.len()));
        rest = others;
        (!first.is_empty()).then_some(first)
    })
}

/// A paragraph in pieces of at most `limit` tokens: itself, if it is one, or
/// its halves, cut at a space near the middle or else between two characters.
/// Each comes with its tokens.
fn pieces(text: &str, limit: usize) -> Vec<(&str, usize)> {
    let cost = tokens(text);
    if cost <= limit {
        return vec![(text, cost)];
    }
    // Byte offsets are not places to cut at: a character may span several.
    let middle = text.ceil_char_boundary(text.len() / 2);
    let at = text[..middle].rfind(' ').filter(|at| *at > 0);
    let at = at.unwrap_or(middle);
    assert!(
        at < text.len(),
        "a limit of {limit} tokens holds no character"
    );
    let (left, right) = text.split_at(at);
    [pieces(left, limit), pieces(right, limit)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_document_has_more_than_twenty_thousand_tokens() {
        assert_eq!(tokens(MOONSTONE), 26_848);
    }

    #[test]
    fn the_chunks_of_the_document_are_the_document() {
        let chunks = cut(MOONSTONE, 2000);
        assert_eq!(chunks.len(), 14);
        let text: String = chunks.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(text, MOONSTONE);
    }

    #[test]
    fn a_chunk_ends_where_a_paragraph_does() {
        for chunk in &cut(MOONSTONE, 2000)[..13] {
            assert!(chunk.text.ends_with("\n\n"), "chunk {}", chunk.index);
        }
    }

    /// Found by the test below: its parts have 14 tokens, and the whole has 16.
    #[test]
    fn two_texts_may_have_more_tokens_as_one() {
        let text = "a„🦀ß\na\n\n世ßabj世\nxaqm🦀🦀 \n\n\n";
        for chunk in cut(text, 15) {
            assert!(tokens(&chunk.text) <= 15, "{chunk:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_chunk_is_over_the_limit_and_nothing_is_lost(
            text in "([a-zß„世🦀]{1,9}( |\n|\n\n| \n\n\n)){0,60}",
            limit in 12_usize..40,
        ) {
            let chunks = cut(&text, limit);
            let whole: String =
                chunks.iter().map(|c| c.text.as_str()).collect();
            prop_assert_eq!(whole, text);
            for (index, chunk) in chunks.into_iter().enumerate() {
                prop_assert!(chunk.tokens <= limit);
                prop_assert_eq!(tokens(&chunk.text), chunk.tokens);
                prop_assert_eq!(chunk.index, index);
            }
        }
    }
}
