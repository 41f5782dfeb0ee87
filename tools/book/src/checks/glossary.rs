//! The glossary is a list of terms, each with one meaning, in the order of the
//! alphabet. Markdown takes a torn entry for a paragraph and says nothing.

use lessons::{Fault, Problem};
use std::path::Path;

/// What is wrong with the entries of the glossary `text`, which is in `file`.
#[must_use]
pub fn torn_entries(text: &str, file: &Path) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut before = String::new();
    let mut blocks = EntryBlocks::of(text);
    // The heading and what introduces the list.
    blocks.0.drain(..blocks.first_entry());
    for block in blocks.0 {
        let term = block.lines[0].to_lowercase();
        let problem = if block.lines.len() == 1 || !block.is_entry() {
            Some(Problem::new(
                format!("\"{}\" is no whole entry", block.lines[0].trim()),
                "write a term on a line, then `: ` and its meaning, lines that \
                 go on with two spaces before them, an empty line behind",
            ))
        } else if block.definitions() > 1 {
            Some(Problem::new(
                format!("the term \"{term}\" has two meanings"),
                "keep one, or name two terms",
            ))
        } else if term <= before {
            Some(Problem::new(
                format!("the term \"{term}\" comes after \"{before}\""),
                "keep the terms in the order of the alphabet, each once",
            ))
        } else {
            None
        };
        faults.extend(problem.map(|problem| problem.at(file, block.line)));
        before = term;
    }
    faults
}

/// Lines without an empty one between them.
struct EntryBlock<'t> {
    /// The number of the first, from 1.
    line: usize,
    lines: Vec<&'t str>,
}

impl EntryBlock<'_> {
    fn definitions(&self) -> usize {
        let begin = |line: &&&str| line.starts_with(": ");
        self.lines.iter().filter(begin).count()
    }

    /// A term, a definition, and lines that go on with it.
    fn is_entry(&self) -> bool {
        let [term, rest @ ..] = self.lines.as_slice() else {
            return false;
        };
        let is_term = |line: &str| !line.starts_with([' ', ':', '#']);
        is_term(term)
            && rest.first().is_some_and(|line| line.starts_with(": "))
            && rest.iter().all(|line| line.starts_with([' ', ':']))
    }
}

struct EntryBlocks<'t>(Vec<EntryBlock<'t>>);

impl<'t> EntryBlocks<'t> {
    fn of(text: &'t str) -> Self {
        let mut blocks: Vec<EntryBlock<'t>> = Vec::new();
        let mut open = false;
        for (line, words) in (1..).zip(text.lines()) {
            if words.trim().is_empty() {
                open = false;
            } else if let Some(block) = blocks.last_mut().filter(|_| open) {
                block.lines.push(words);
            } else {
                let lines = vec![words];
                blocks.push(EntryBlock { line, lines });
                open = true;
            }
        }
        Self(blocks)
    }

    /// The first block that looks like a part of the list.
    fn first_entry(&self) -> usize {
        let is_part = |block: &EntryBlock| {
            let begins = |line: &&str| line.starts_with([' ', ':']);
            block.lines.iter().any(begins)
        };
        self.0.iter().position(is_part).unwrap_or(self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "# Glossary\n\nThe words.\n\nawait\n: To run a\n  \
                         future.\n\nbarrier\n: A point.\n";

    fn faults(text: &str) -> Vec<String> {
        let faults = torn_entries(text, Path::new("glossary.md"));
        let said = faults.into_iter();
        said.map(|it| format!("{}: {}", it.line, it.problem.cause))
            .collect()
    }

    #[test]
    fn a_sound_glossary_is_silent() {
        assert_eq!(faults(SOUND), [""; 0]);
    }

    #[test]
    fn what_belongs_to_no_entry_is_named_with_its_line() {
        let orphan = SOUND.replace("await\n", "  a rest.\n: A def.\n\nawait\n");
        assert_eq!(faults(&orphan), ["5: \"a rest.\" is no whole entry"]);
        let alone = SOUND.replace("barrier\n: A point.", "barrier");
        assert_eq!(faults(&alone), ["9: \"barrier\" is no whole entry"]);
        let glued = SOUND.replace("future.\n\nbarrier", "future.\nbarrier");
        assert_eq!(faults(&glued), ["5: \"await\" is no whole entry"]);
    }

    #[test]
    fn a_term_has_one_meaning_and_its_place_in_the_alphabet() {
        let two = SOUND.replace(": A point.", ": A point.\n: A place.");
        assert_eq!(faults(&two), ["9: the term \"barrier\" has two meanings"]);
        let order = SOUND.replace("barrier", "abort");
        assert_eq!(
            faults(&order),
            ["9: the term \"abort\" comes after \"await\""]
        );
    }
}
