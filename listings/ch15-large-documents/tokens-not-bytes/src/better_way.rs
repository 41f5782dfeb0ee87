//! The last words said again: `cargo run --bin tokens-not-bytes-better-way`
use std::iter::once;
use tiktoken_rs::o200k_base_singleton;

const LIMIT: usize = 40; // tokens that the model takes
const OVERLAP: usize = 13; // of them, for what was said before
const BODY: usize = LIMIT - OVERLAP;
const _: () = assert!(BODY >= 8, "as in the right way");
const LONGEST: usize = if BODY < 4096 { 128 * BODY } else { 512 * 1024 };
const SENTENCES: &[&str] = &[". ", "! ", "? ", "。", "\n"];

const LOGBOOK: &str = "\
A tide table is posted at the gate. All boats leave an hour before high water, \
and the last one back closes the lock. Nobody goes out alone, or unlit.\n\
港口的潮汐表每天早晨在渔船出海之前张贴在大门口。任何人都不得独自出海。\n\
🐟🐙🌊⚓🚣🐡🐚🐬 caught today!\n";

type Chunk<'a> = (&'a str, &'a str); // said before, and new

fn tokens(text: &str) -> usize {
    o200k_base_singleton().count_ordinary(text)
}

/// Where one of these ends, in the text and not at its end.
fn ends(text: &str, of: &[&str]) -> Vec<usize> {
    let ends = of.iter().flat_map(|end| text.match_indices(end));
    let ends = ends.map(|(at, end)| at + end.len());
    let mut ends: Vec<usize> = ends.filter(|&at| at < text.len()).collect();
    ends.sort_unstable();
    ends
}

fn cut(text: &str) -> usize {
    let middle = text.floor_char_boundary(text.len() / 2);
    let sentences = ends(text, SENTENCES).into_iter();
    sentences
        .min_by_key(|at| at.abs_diff(middle))
        .or_else(|| text[..middle].rfind(' ').filter(|&at| at > 0))
        .unwrap_or(middle)
}

fn fitting(text: &str) -> Vec<(&str, usize)> {
    if text.len() <= LONGEST {
        let cost = tokens(text);
        if cost <= BODY {
            return vec![(text, cost)];
        }
    }
    let (left, right) = text.split_at(cut(text));
    [fitting(left), fitting(right)].concat()
}

/// The chunks of the right way, with room left for what was said before.
fn bodies(text: &str) -> Vec<&str> {
    let (mut drafts, mut start, mut end, mut total) = (Vec::new(), 0, 0, 0);
    for (piece, cost) in text.split_inclusive('\n').flat_map(fitting) {
        if total + cost > BODY {
            drafts.push(&text[start..end]);
            (start, total) = (end, 0);
        }
        end += piece.len();
        total += cost;
    }
    drafts.extend(Some(&text[start..]).filter(|rest| !rest.is_empty()));
    let bodies = drafts.into_iter().flat_map(fitting);
    bodies.map(|(body, _)| body).collect()
}

fn chunks(text: &str) -> Vec<Chunk<'_>> {
    let (mut chunks, mut before, mut start) = (Vec::new(), 0, 0);
    for body in bodies(text) {
        let end = start + body.len();
        // Counted with the body, too: where they meet, tokens can split.
        let fits = |from: &usize| {
            tokens(&text[*from..start]) <= OVERLAP
                && tokens(&text[*from..end]) <= LIMIT
        };
        // The last sentences of the chunk before, or else its last words, or
        // else its last characters: "" is found between any two.
        let lead = [SENTENCES, &[" "], &[""]].iter().find_map(|marks| {
            let ends = ends(&text[before..start], marks);
            let starts = once(0).chain(ends).map(|at| before + at);
            let starts: Vec<usize> = starts.collect();
            let from = starts.into_iter().rev().take_while(fits).last()?;
            Some(&text[from..start]).filter(|lead| !lead.trim().is_empty())
        });
        chunks.push((lead.unwrap_or_default(), body));
        (before, start) = (start, end);
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
    use super::*;

    /// A blank line is nothing that was said: the sentence before it is.
    #[test]
    fn the_overlap_is_a_sentence() {
        let text = "Low water today is at half past six. The gate is shut.\n\n\
            The last one back closes the lock, puts out the lamp at the end \
            of the pier, and writes it down here.\n";
        let chunks = chunks(text);
        assert_eq!(chunks[1].0, "The gate is shut.\n\n");
    }

    proptest::proptest! {
        /// Bodies give back any text; no chunk is over the limit with its lead.
        #[test]
        fn bodies_give_back_the_text(
            text in "(?s).{0,400}|([A-Za-z]{1,90}[ .\n]{0,2}){0,12}",
        ) {
            let mut whole = String::new();
            for (lead, body) in chunks(&text) {
                assert!(whole.ends_with(lead) && !body.is_empty());
                assert!(tokens(lead) <= OVERLAP);
                assert!(tokens(&[lead, body].concat()) <= LIMIT);
                whole += body;
            }
            assert_eq!(whole, text);
        }
    }
}
