//! What changed from one listing of a lesson to the next.

use super::highlight;
use maud::{Markup, html};
use similar::capture_diff_slices;
use similar::{Algorithm, ChangeTag, DiffOp, InlineChange, TextDiff};
use std::iter;
use std::ops::Range;

/// How many unchanged lines stand around a change.
const CONTEXT: usize = 2;

/// Words that so few bytes of punctuation keep apart are tinted as one.
const BETWEEN: usize = 3;

/// Which lines of the old program are gone, and which of the new one are new.
#[must_use]
pub fn changed(old: &str, new: &str) -> (Vec<bool>, Vec<bool>) {
    let mut gone = vec![false; old.lines().count()];
    let mut come = vec![false; new.lines().count()];
    for op in TextDiff::from_lines(old, new).ops() {
        if !matches!(op, DiffOp::Equal { .. }) {
            gone[op.old_range()].fill(true);
            come[op.new_range()].fill(true);
        }
    }
    (gone, come)
}

/// The bytes of the new program that the old one has not: words, without
/// blanks and comments, joined over what little is between them: on a line, or
/// on lines that are new altogether. Punctuation alone is no word.
#[must_use]
pub fn words(old: &str, new: &str) -> Vec<Range<usize>> {
    let starts = |text: &str| -> Vec<usize> {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        iter::once(0).chain(ends).chain([text.len()]).collect()
    };
    let (from, to) = (starts(old), starts(new));
    let bytes = |starts: &[usize], lines: Range<usize>| {
        let last = starts.len() - 1;
        starts[lines.start.min(last)]..starts[lines.end.min(last)]
    };
    let mut all: Vec<Range<usize>> = Vec::new();
    for op in TextDiff::from_lines(old, new).ops() {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        let (gone, come) =
            (bytes(&from, op.old_range()), bytes(&to, op.new_range()));
        let whole = matches!(op, DiffOp::Insert { .. });
        let joins = |between: &str| {
            between.len() <= BETWEEN
                && !between.contains(|c: char| c.is_alphanumeric() || c == '\n')
                || between.trim().is_empty()
                    && (whole || !between.contains('\n'))
        };
        for word in come_words(&old[gone], &new[come.clone()]) {
            let word = word.start + come.start..word.end + come.start;
            match all.last_mut() {
                Some(last) if joins(&new[last.end..word.start]) => {
                    last.end = word.end;
                }
                _ => all.push(word),
            }
        }
    }
    all.retain(|at| new[at.clone()].contains(char::is_alphanumeric));
    all
}

/// The words of one hunk that are new.
fn come_words(old: &str, new: &str) -> Vec<Range<usize>> {
    let (before, after) = (highlight::words(old), highlight::words(new));
    let only = |words: &[(Range<usize>, &str)]| -> Vec<String> {
        words.iter().map(|(_, word)| (*word).to_owned()).collect()
    };
    let (old, new) = (only(&before), only(&after));
    let diff = capture_diff_slices(Algorithm::Patience, &old, &new);
    diff.iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .flat_map(|op| after[op.new_range()].iter())
        .map(|(at, _)| at.clone())
        .collect()
}

/// The change from one program to another: each hunk with what goes, then
/// what comes, and the words that make the difference. On a wide page a style
/// sheet sets the two side by side.
#[must_use]
pub fn view(old: &str, new: &str) -> Markup {
    let diff = TextDiff::from_lines(old, new);
    html! {
        pre.change tabindex="0" {
            @for (index, group) in
                diff.grouped_ops(CONTEXT).iter().enumerate() {
                @if index > 0 { span.gap { "⋯" } }
                @for op in group {
                    @let lines: Vec<_> = diff.iter_inline_changes(op).collect();
                    @if matches!(op, DiffOp::Equal { .. }) {
                        span.same { @for line in &lines { (signed("  ", line)) } }
                    } @else {
                        span.hunk { (hunk(&lines)) }
                    }
                }
            }
        }
    }
}

/// What goes in one element, and what comes in another.
fn hunk(lines: &[InlineChange<'_, str>]) -> Markup {
    let of = |tag: ChangeTag| {
        let mut of = lines.iter().filter(move |it| it.tag() == tag).peekable();
        of.peek().is_some().then_some(of)
    };
    html! {
        @if let Some(gone) = of(ChangeTag::Delete) {
            del { @for line in gone { (signed("− ", line)) } }
        }
        @if let Some(come) = of(ChangeTag::Insert) {
            ins { @for line in come { (signed("+ ", line)) } }
        }
    }
}

/// A line behind its sign, with the words stressed that make the difference.
fn signed(sign: &str, line: &InlineChange<'_, str>) -> Markup {
    // Markdown would end the HTML at a line of blanks.
    let empty = sign.trim().is_empty() && line.to_string().trim().is_empty();
    html! {
        (sign) @if empty { "\u{a0}" }
        @for (stressed, part) in parts(line) {
            @if stressed { strong { (part) } } @else { (part) }
        }
        "\n"
    }
}

/// The parts of a line, and whether each is stressed, those that only blanks
/// keep apart joined.
fn parts(line: &InlineChange<'_, str>) -> Vec<(bool, String)> {
    let mut parts: Vec<(bool, String)> = Vec::new();
    for (stressed, part) in line.iter_strings_lossy() {
        let part = part.trim_end_matches('\n');
        if let [.., (true, before), (false, between)] = parts.as_mut_slice()
            && stressed
            && between.trim().is_empty()
        {
            *before += between;
            *before += part;
            parts.pop();
        } else {
            parts.push((stressed && !part.trim().is_empty(), part.to_owned()));
        }
    }
    parts
}

/// How many lines go and how many come, in words.
#[must_use]
pub fn summary(old: &str, new: &str) -> String {
    let (gone, come) = changed(old, new);
    let lines = |lines: Vec<bool>| match lines
        .into_iter()
        .filter(|changed| *changed)
        .count()
    {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    };
    format!("{} out, {} in", lines(gone), lines(come))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "a\nlet x = f();\nb\nc\nd\ne\nf\ng\n";
    const NEW: &str = "a\nlet x = f().await;\nb\nc\nd\ne\nf\nh\ng\n";

    #[test]
    fn changed_lines_are_told_from_the_others() {
        let (gone, come) = changed(OLD, NEW);
        let places = |lines: &[bool]| -> Vec<usize> {
            (0..lines.len()).filter(|place| lines[*place]).collect()
        };
        assert_eq!(places(&gone), [1]);
        assert_eq!(places(&come), [1, 7]);
        assert_eq!(summary(OLD, NEW), "1 line out, 2 lines in");
    }

    #[test]
    fn words_that_are_new_are_told_from_those_that_were_there() {
        let new = |old: &str, new: &str| -> Vec<String> {
            let all = words(old, new);
            all.into_iter().map(|at| new[at].to_owned()).collect()
        };
        assert_eq!(new(OLD, NEW), [".await", "h"]);
        assert_eq!(new("let a = b;\n", "let a = b;\n"), [""; 0]);
        // A comment is no change of the program, and a moved end is none.
        assert_eq!(new("f();\n", "// why\nf();\n"), [""; 0]);
        assert_eq!(
            new("let a = f();\n", "let a = g().await; // x\nlet b = 1;\n"),
            ["g().await;", "let b = 1"]
        );
        assert_eq!(new("", "a b\nc\n"), ["a b\nc"]);
    }

    #[test]
    fn the_words_that_differ_are_stressed() {
        let shown = view(OLD, NEW).into_string();
        assert!(shown.contains("<del>− let x = f()"), "{shown}");
        assert!(shown.contains("<strong>.await</strong>"), "{shown}");
        assert!(shown.contains("<ins>+ h\n</ins>"), "{shown}");
        assert!(shown.contains("⋯"), "the lines between are left out");
        let shown = view("a\nb\n", "c\nd\n").into_string();
        assert!(shown.contains("<del>− <strong>a"), "{shown}");
        assert_eq!(shown.matches("<ins>").count(), 1, "lines share it");
    }

    #[test]
    fn no_line_is_blank() {
        let shown = view("a\n\nb\n", "a\n\nc\n").into_string();
        assert!(shown.lines().all(|line| !line.trim_matches(' ').is_empty()));
    }

    #[test]
    fn code_is_escaped() {
        let shown = view("a\n", "a < b\n").into_string();
        assert!(shown.contains("&lt;"), "{shown}");
    }
}
