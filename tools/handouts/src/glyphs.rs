//! Letters that no built-in font has: they would be printed as boxes.

use crate::typeset;
use lessons::Fault;
use std::collections::BTreeSet;
use std::path::Path;

/// Each such letter of `text`, the content of `file`, once a line.
#[must_use]
pub fn missing(text: &str, file: &Path) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let letters: BTreeSet<char> = line.chars().collect();
        let lacking = letters.into_iter().filter(|letter| lacks(*letter));
        faults.extend(lacking.map(|letter| {
            Fault::new(
                file,
                number,
                format!(
                    "no font has \"{letter}\" (U+{:04X}): it can't be printed",
                    u32::from(letter)
                ),
                "write it in other letters, or add a font that has it to \
                 tools/handouts/src/typeset.rs",
            )
        }));
    }
    faults
}

fn lacks(letter: char) -> bool {
    !letter.is_ascii() && !is_unseen(letter) && !typeset::has_glyph(letter)
}

/// Whether a letter has no form by itself: joiners, marks of direction,
/// selectors of a variant.
fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hebrew_arrows_and_blossoms_have_a_glyph_and_hanzi_have_none() {
        assert_eq!(missing("שלום → ✗ 🌸 é\u{a0}\"\"", Path::new("a.md")), []);
        let faults = missing("a\n漢字", Path::new("src/a.md"));
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert_eq!(
            (faults[0].line, &*faults[0].file),
            (2, Path::new("src/a.md"))
        );
    }
}
