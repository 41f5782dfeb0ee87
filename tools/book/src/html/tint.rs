//! Which words of a listing are tinted: those that the way before it has not.
//! Of an item that is new altogether, only its first line is: that says it.

use super::diff;
use lessons::Listing;
use lessons::items::Item;
use std::ops::Range;

/// The bytes of the tinted words of a program, in order; `old` is the way
/// before it.
#[must_use]
pub fn tinted(old: &Listing, new: &Listing) -> Vec<Range<usize>> {
    let (before, after) = (old.source.program(), new.source.program());
    let mut bodies = Vec::new();
    untinted(&after, &new.items, &old.items, &mut bodies);
    diff::words(&before, &after)
        .into_iter()
        .flat_map(|word| without(word, &bodies))
        .map(|word| trimmed(&after, word))
        .filter(|word| after[word.clone()].contains(char::is_alphanumeric))
        .collect()
}

/// The bytes of new items that are not their first line of code.
fn untinted(
    text: &str,
    items: &[Item],
    old: &[Item],
    out: &mut Vec<Range<usize>>,
) {
    for item in items {
        let namesake = old.iter().find(|it| it.name == item.name);
        if let Some(namesake) = namesake {
            untinted(text, &item.inner, &namesake.inner, out);
            continue;
        }
        let lines = bytes(text);
        let is_head = |line: &&Range<usize>| {
            let words = text[(*line).clone()].trim_start();
            !words.starts_with('#') && !words.starts_with("//")
        };
        let own = lines.get(item.lines.clone()).unwrap_or_default();
        if let (Some(head), Some(first), Some(last)) =
            (own.iter().find(is_head), own.first(), own.last())
        {
            out.push(first.start..head.start);
            out.push(head.end..last.end);
        }
    }
}

/// The bytes of each line, with its end.
fn bytes(text: &str) -> Vec<Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let from = at;
            at += line.len();
            from..at
        })
        .collect()
}

/// What is left of a range without these, which are in order.
fn without(range: Range<usize>, cuts: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut left = Vec::new();
    let mut from = range.start;
    for cut in cuts {
        if cut.end <= from || range.end <= cut.start {
            continue;
        }
        if from < cut.start {
            left.push(from..cut.start);
        }
        from = cut.end;
    }
    if from < range.end {
        left.push(from..range.end);
    }
    left
}

/// The range without the blanks at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let words = &text[range.clone()];
    let from = range.start + words.len() - words.trim_start().len();
    from..from + words.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessons::items::items;

    #[test]
    fn of_a_new_item_the_first_line_is_left() {
        let old = "fn a() {\n    b();\n}\n";
        let new = "#[derive(Debug)]\nstruct S {\n    s: u8,\n}\n\n\
                   fn a() {\n    c();\n}\n";
        let mut bodies = Vec::new();
        untinted(new, &items(new), &items(old), &mut bodies);
        let texts: Vec<&str> = bodies.into_iter().map(|at| &new[at]).collect();
        assert_eq!(texts, ["#[derive(Debug)]\n", "    s: u8,\n}\n"]);
    }

    #[test]
    fn a_range_is_cut_and_trimmed() {
        assert_eq!(without(0..9, &[2..4, 7..12]), [0..2, 4..7]);
        assert_eq!(without(3..4, &[2..3, 3..5]), [0..0; 0]);
        assert_eq!(trimmed("  ab ", 0..5), 2..4);
    }
}
