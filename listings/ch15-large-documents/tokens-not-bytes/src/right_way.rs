//! Cut by tokens, at sentences: `cargo run --bin tokens-not-bytes-right-way`
use tiktoken_rs::o200k_base_singleton;

const LIMIT: usize = 40; // tokens that the model takes

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

/// Where to cut: after a sentence of the first half, else a word, else there.
fn cut(piece: &str) -> usize {
    let half = &piece[..piece.floor_char_boundary(piece.len() / 2)];
    let sentence = half.rmatch_indices(['.', '。', '!', '?']).next();
    let end = sentence.or_else(|| half.rmatch_indices(' ').next());
    end.map_or(half.len(), |(at, end)| at + end.len())
}

/// Lines, and parts of those that are too long, each with its tokens.
fn pieces(text: &str) -> Vec<(&str, usize)> {
    let mut fitting = Vec::new();
    let mut pending: Vec<&str> = text.split_inclusive('\n').rev().collect();
    while let Some(piece) = pending.pop() {
        let cost = tokens(piece);
        if cost <= LIMIT {
            fitting.push((piece, cost));
        } else {
            let (left, right) = piece.split_at(cut(piece));
            pending.extend([right, left]);
        }
    }
    fitting
}

/// As many pieces to a chunk as fit.
fn chunks(text: &str) -> Vec<&str> {
    let (mut chunks, mut start, mut end, mut total) = (Vec::new(), 0, 0, 0);
    for (piece, cost) in pieces(text) {
        let next = end + piece.len();
        // A seam can cost a token more, or less. When it is close, the whole
        // is counted; counting it at every piece would be quadratic.
        total += cost + 1;
        if total > LIMIT {
            total = tokens(&text[start..next]);
        }
        if total > LIMIT {
            chunks.push(&text[start..end]);
            (start, total) = (end, cost);
        }
        end = next;
    }
    chunks.extend(Some(&text[start..]).filter(|rest| !rest.is_empty()));
    chunks
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

    proptest::proptest! {
        /// Chunks of any text give it back, and none is over the limit.
        #[test]
        fn chunks_give_back_the_text(text in "(?s).{0,400}") {
            let chunks = chunks(&text);
            assert_eq!(chunks.concat(), text);
            assert!(chunks.iter().all(|chunk| !chunk.is_empty()));
            assert!(chunks.iter().all(|chunk| tokens(chunk) <= LIMIT));
        }
    }
}
