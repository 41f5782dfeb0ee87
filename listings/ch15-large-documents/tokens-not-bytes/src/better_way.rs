//! The last words said again: `cargo run --bin tokens-not-bytes-better-way`
use tiktoken_rs::o200k_base_singleton;

const LIMIT: usize = 40; // tokens that the model takes
const PIECE: usize = LIMIT / 3; // a sentence, or a part of one
const LOGBOOK: &str = "\
A tide table is posted at the gate. All boats leave an hour before high water, \
and the last one back closes the lock. Nobody goes out alone, or unlit.\n\
港口的潮汐表每天早晨在渔船出海之前张贴在大门口。任何人都不得独自出海。\n\
🐟🐙🌊⚓🚣🐡🐚🐬 caught today!\n";

type Chunk<'a> = (&'a str, &'a str); // said before, and new
fn tokens(text: &str) -> usize {
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
        if cost <= PIECE {
            fitting.push((piece, cost));
        } else {
            let (left, right) = piece.split_at(cut(piece));
            pending.extend([right, left]);
        }
    }
    fitting
}

fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let (mut chunks, mut total, mut last) = (Vec::new(), 0, 0);
    let (mut lead, mut body, mut end) = (0, 0, 0);
    for (piece, cost) in pieces(text) {
        let next = end + piece.len();
        total += cost + 1; // with its seam, as in the right way
        if total > LIMIT {
            total = tokens(&text[lead..next]);
        }
        if total > LIMIT {
            chunks.push((&text[lead..body], &text[body..end]));
            (lead, body) = (last, end); // the last piece once more
            total = tokens(&text[lead..next]);
        }
        (last, end) = (end, next);
    }
    if body < end {
        chunks.push((&text[lead..body], &text[body..end]));
    }
    chunks
}

fn main() {
    for (i, (lead, body)) in chunks(LOGBOOK).into_iter().enumerate() {
        let (all, again) = (tokens(&[lead, body].concat()), tokens(lead));
        println!("Chunk {}: {all} tokens, {again} said before", i + 1);
        assert!(all <= LIMIT);
    }
}

#[cfg(test)]
mod tests {
    proptest::proptest! {
        /// Bodies give back any text; no chunk is over the limit with its lead.
        #[test]
        fn bodies_give_back_the_text(text in "(?s).{0,400}") {
            let mut whole = String::new();
            for (lead, body) in super::chunks(&text) {
                assert!(whole.ends_with(lead) && !body.is_empty());
                whole += body;
                assert!(super::tokens(&[lead, body].concat()) <= super::LIMIT);
            }
            assert_eq!(whole, text);
        }
    }
}
