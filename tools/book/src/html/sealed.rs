//! Parts of a listing that wait for an answer.

use crate::seal;
use lessons::{Lesson, Listing};
use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, tokenize};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// The attribute of an element that waits for these questions.
#[must_use]
pub fn until(ids: &str) -> String {
    match ids {
        "" => String::new(),
        ids => format!(" data-until=\"{ids}\""),
    }
}

/// Lines of a program that wait for an answer, since they state it.
#[derive(Debug, Default)]
pub struct Sealed {
    /// The ids of the questions; empty if no line waits.
    pub until: String,
    /// The lines, counted from 0.
    pub lines: Vec<Range<usize>>,
}

/// What a listing asserts, while it is asked about.
#[must_use]
pub fn asserted(text: &str, lesson: &Lesson, listing: &Listing) -> Sealed {
    let until = seal::until_asked(lesson, listing);
    if until.is_empty() {
        return Sealed::default();
    }
    let asserts = with_figures(text, &asserting(text));
    let mut lines: Vec<Range<usize>> = Vec::new();
    for place in (0..asserts.len()).filter(|place| asserts[*place]) {
        match lines.last_mut() {
            Some(last) if last.end == place => last.end += 1,
            _ => lines.push(place..place + 1),
        }
    }
    Sealed { until, lines }
}

/// A line that binds a name.
static BINDING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*let (\w+) = .*;$").expect("a valid pattern")
});

/// The same lines, and those that bind a name which only assertions use: the
/// figure that they state.
fn with_figures(text: &str, asserts: &[bool]) -> Vec<bool> {
    let has = |name: &str, line: &str| {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| word == name)
    };
    let only_asserted = |place: usize, line: &str| {
        let Some(name) = BINDING.captures(line) else {
            return false;
        };
        let mut used = text
            .lines()
            .enumerate()
            .filter(|(other, line)| *other != place && has(&name[1], line))
            .peekable();
        used.peek().is_some() && used.all(|(other, _)| asserts[other])
    };
    text.lines()
        .enumerate()
        .map(|(place, line)| asserts[place] || only_asserted(place, line))
        .collect()
}

/// Which lines of a program are part of an assertion, from its name to its
/// semicolon.
#[must_use]
pub fn asserting(text: &str) -> Vec<bool> {
    let mut lines = vec![false; text.lines().count()];
    let (mut at, mut line, mut depth) = (0, 0, None::<usize>);
    for token in tokenize(text, FrontmatterAllowed::No) {
        let end = at + token.len as usize;
        let words = &text[at..end];
        let ends = words.matches('\n').count();
        match (token.kind, depth) {
            (TokenKind::Ident, None)
                if words.starts_with("assert")
                    && text[end..].starts_with('!') =>
            {
                depth = Some(0);
            }
            (
                TokenKind::OpenParen
                | TokenKind::OpenBrace
                | TokenKind::OpenBracket,
                Some(d),
            ) => depth = Some(d + 1),
            (
                TokenKind::CloseParen
                | TokenKind::CloseBrace
                | TokenKind::CloseBracket,
                Some(d),
            ) => depth = d.checked_sub(1),
            _ => {}
        }
        let is_end = matches!(token.kind, TokenKind::Semi) && depth == Some(0);
        if depth.is_some() {
            let last = (line + ends).min(lines.len().saturating_sub(1));
            lines[line..=last].fill(true);
        }
        depth = depth.filter(|_| !is_end);
        line += ends;
        at = end;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_only_an_assertion_uses_is_part_of_it() {
        let text = "let seven = 7 * 750;\nlet b = 1;\nassert_eq!(b, seven);\n\
                    f(b);\n";
        let lines = with_figures(text, &asserting(text));
        assert_eq!(lines, [true, false, true, false]);
    }

    #[test]
    fn an_assertion_goes_from_its_name_to_its_semicolon() {
        let text = "let a = 1;\nassert_eq!(\n    f(\"(;\"),\n    a,\n);\n\
                    b();\n// assert!(a)\nassert!(a); // so\n";
        assert_eq!(
            asserting(text),
            [false, true, true, true, true, false, false, true]
        );
    }
}
