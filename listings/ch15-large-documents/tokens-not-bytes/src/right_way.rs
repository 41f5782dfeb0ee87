//! Cut by tokens, at sentences: `cargo run --bin tokens-not-bytes-right-way`
use tiktoken_rs::o200k_base_singleton;

const LIMIT: usize = 40; // tokens that the model takes
// A byte is a token at most, so that a text of eight always fits.
const _: () = assert!(LIMIT >= 8, "shorter texts may be one character");
// No token has more than 128 bytes, so longer texts need no count. They must
// not have one, either: the tokeniser panics on a million blanks.
const LONGEST: usize = if LIMIT < 4096 {
    128 * LIMIT
} else {
    512 * 1024
};

const LOGBOOK: &str = "\
A tide table is posted at the gate. All boats leave an hour before high water, \
and the last one back closes the lock. Nobody goes out alone, or unlit.\n\
港口的潮汐表每天早晨在渔船出海之前张贴在大门口。最后一条回来的船负责关闭船闸。\
任何人都不得独自出海。\n\
🐟🐙🌊⚓🚣🐡🐚🐬 caught today!\n\
3f9a1c77-b0e2-4d5d-8a6e-90b1c2f4d7e8 41.88103,-8.64712 ok\n\
5ae41b02-97cd-4f10-b3a8-1e6d70c9f254 41.88117,-8.64655 ok\n";

fn tokens(text: &str) -> usize {
    // Parsed once, by the first to ask, and shared from then on.
    o200k_base_singleton().count_ordinary(text)
}

/// Where to cut: after the sentence that ends nearest the middle, or else
/// before a word, or else there.
fn cut(text: &str) -> usize {
    let middle = text.floor_char_boundary(text.len() / 2);
    let ends = [". ", "! ", "? ", "。"].into_iter();
    ends.flat_map(|end| text.match_indices(end))
        .map(|(at, end)| at + end.len())
        .filter(|&at| at < text.len())
        .min_by_key(|at| at.abs_diff(middle))
        .or_else(|| text[..middle].rfind(' ').filter(|&at| at > 0))
        .unwrap_or(middle)
}

/// The text, or parts of it that fit, each with its tokens.
fn fitting(text: &str) -> Vec<(&str, usize)> {
    if text.len() <= LONGEST {
        let cost = tokens(text);
        if cost <= LIMIT {
            return vec![(text, cost)];
        }
    }
    let (left, right) = text.split_at(cut(text));
    [fitting(left), fitting(right)].concat()
}

/// Lines, and parts of those that are too long, as many to a chunk as fit.
fn chunks(text: &str) -> Vec<&str> {
    let (mut drafts, mut start, mut end, mut total) = (Vec::new(), 0, 0, 0);
    for (piece, cost) in text.split_inclusive('\n').flat_map(fitting) {
        if total + cost > LIMIT {
            drafts.push(&text[start..end]);
            (start, total) = (end, 0);
        }
        end += piece.len();
        total += cost;
    }
    drafts.extend(Some(&text[start..]).filter(|rest| !rest.is_empty()));
    // Where two pieces meet, tokens merge or split: the sum is an estimate. So
    // each draft is counted as a whole, and cut again if it's too long.
    let chunks = drafts.into_iter().flat_map(fitting);
    chunks.map(|(chunk, _)| chunk).collect()
}

fn main() {
    for (i, chunk) in chunks(LOGBOOK).into_iter().enumerate() {
        println!("Chunk {}: {} tokens", i + 1, tokens(chunk));
        assert!(tokens(chunk) <= LIMIT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One word of 41 tokens, whose two halves have 38.
    const SEAM: &str = "innermutometersRefreshinghekkadongleryaphandlebraakutton\
        CategoriasutscheshendevelopiekenCustomizertiquetteParmFromartoqGostPROM\
        WastecodinggrammaraddresstiertragenCadastroanetiolutionlerihemureshold";

    /// Where two pieces meet, three tokens can come in.
    #[test]
    fn two_pieces_may_have_more_tokens_as_one() {
        let (left, right) = SEAM.split_at(cut(SEAM));
        let sum = tokens(left) + tokens(right);
        assert_eq!((sum, tokens(SEAM)), (38, 41));
        assert_eq!(chunks(SEAM), [left, right]);
    }

    /// A million blanks are cut before they are counted.
    #[test]
    fn a_million_blanks_are_cut() {
        let blanks = " ".repeat(1_000_000);
        assert_eq!(chunks(&blanks).concat(), blanks);
    }

    proptest::proptest! {
        /// Chunks of any text give it back, and none is over the limit.
        #[test]
        fn chunks_give_back_the_text(
            text in "(?s).{0,400}|([A-Za-z]{1,90}[ .\n]{0,2}){0,12}",
        ) {
            let chunks = chunks(&text);
            assert_eq!(chunks.concat(), text);
            assert!(chunks.iter().all(|chunk| !chunk.is_empty()));
            assert!(chunks.iter().all(|chunk| tokens(chunk) <= LIMIT));
        }
    }
}
