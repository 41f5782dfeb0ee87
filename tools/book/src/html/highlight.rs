//! Code with its colours, made when the book is built: the browser runs no
//! highlighter.
//!
//! The tokens come from rustc's own lexer, so that `async` and `.await` are
//! what they are to the compiler. What a class looks like is for the style
//! sheet to say.

use maud::{Markup, PreEscaped, html};
use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, tokenize};
use std::ops::Range;

/// What a token is to a reader, by the class it gets: keyword, string, number,
/// comment, macro, function, type, attribute, lifetime.
pub type Class = &'static str;

const KEYWORDS: [&str; 39] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn",
    "else", "enum", "extern", "false", "fn", "for", "if", "impl", "in", "let",
    "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self",
    "Self", "static", "struct", "super", "trait", "true", "type", "unsafe",
    "use", "where", "while", "yield",
];

/// A line of code: its parts, in order, each with its class.
pub type ColouredLine<'t> = Vec<(Option<Class>, &'t str)>;

/// The lines of `text` as HTML, without their ends. Only Rust has colours.
#[must_use]
pub fn lines(language: &str, text: &str) -> Vec<Markup> {
    let html = |line: ColouredLine| {
        let spans = line.into_iter().map(|(class, words)| span(class, words));
        PreEscaped(spans.map(PreEscaped::into_string).collect())
    };
    parts(language, text).into_iter().map(html).collect()
}

/// The lines of `text`, without their ends, in parts of one class. A part that
/// goes over several lines ends at the end of each.
#[must_use]
pub fn parts<'t>(language: &str, text: &'t str) -> Vec<ColouredLine<'t>> {
    let mut lines = vec![ColouredLine::new()];
    for (class, words) in tokens(language, text) {
        for (index, part) in words.split('\n').enumerate() {
            if index > 0 {
                lines.push(ColouredLine::new());
            }
            if let Some(line) = lines.last_mut().filter(|_| !part.is_empty()) {
                line.push((class, part));
            }
        }
    }
    // The end of the last line begins no other.
    lines.pop_if(|line| line.is_empty());
    lines
}

/// A token in the shortest element that has no meaning of its own to a screen
/// reader: a page has thousands of them. Names have no colour: they are most of
/// a program.
fn span(class: Option<Class>, words: &str) -> Markup {
    html! {
        @match class {
            Some("keyword") => b { (words) },
            Some("comment") => i { (words) },
            Some("string") => q { (words) },
            Some("number" | "attribute" | "lifetime") => u { (words) },
            Some("macro") => var { (words) },
            _ => (words),
        }
    }
}

/// The tokens of `text` as rustc's lexer has them, each with its bytes.
fn lexed(text: &str) -> Vec<(TokenKind, Range<usize>)> {
    let mut at = 0;
    tokenize(text, FrontmatterAllowed::No)
        .map(|token| {
            let from = at;
            at += token.len as usize;
            (token.kind, from..at)
        })
        .collect()
}

/// The words of `text` that are no blanks and no comments, each with its
/// bytes: what a change of a program is told by.
#[must_use]
pub fn words(text: &str) -> Vec<(Range<usize>, &str)> {
    use TokenKind as T;
    let all = lexed(text).into_iter().filter(|(kind, _)| {
        !matches!(
            kind,
            T::Whitespace | T::LineComment { .. } | T::BlockComment { .. }
        )
    });
    all.map(|(_, at)| (at.clone(), &text[at])).collect()
}

/// `text` in its colours, as one piece of HTML, with the bytes `marked` within
/// a `mark`. What is between two of one class is of that class too, if it is
/// blank: it saves the browser an element.
#[must_use]
pub fn whole(language: &str, text: &str, marked: &[Range<usize>]) -> Markup {
    let mut pieces: Vec<Piece> = Vec::new();
    for (class, at) in classed(language, text) {
        for (mark, at) in cut(at, marked) {
            let blank = text[at.clone()].trim().is_empty();
            let piece = Piece {
                class,
                mark,
                at,
                blank,
            };
            join(&mut pieces, piece);
        }
    }
    html! {
        @for group in pieces.chunk_by(|a, b| a.mark == b.mark) {
            @let inside = html! {
                @for piece in group {
                    (span(piece.class, &text[piece.at.clone()]))
                }
            };
            @if group[0].mark.is_some() { mark { (inside) } }
            @else { (inside) }
        }
    }
}

/// A part of a text, of one class and within one mark or none.
struct Piece {
    class: Option<Class>,
    mark: Option<usize>,
    at: Range<usize>,
    blank: bool,
}

/// Adds a piece, or lengthens the last by it.
fn join(pieces: &mut Vec<Piece>, piece: Piece) {
    if let [.., before, gap] = &mut pieces[..]
        && gap.blank
        && gap.mark == piece.mark
        && before.mark == piece.mark
        && before.class == piece.class
        && piece.class.is_some()
    {
        before.at.end = piece.at.end;
        pieces.pop();
        return;
    }
    match pieces.last_mut() {
        Some(last) if last.class == piece.class && last.mark == piece.mark => {
            last.at.end = piece.at.end;
            last.blank &= piece.blank;
        }
        _ => pieces.push(piece),
    }
}

/// `at`, cut where marks begin and end, each part with the mark it is in.
fn cut(
    at: Range<usize>,
    marked: &[Range<usize>],
) -> Vec<(Option<usize>, Range<usize>)> {
    let mut parts = Vec::new();
    let mut from = at.start;
    for (number, mark) in marked.iter().enumerate() {
        let (start, end) = (mark.start.max(from), mark.end.min(at.end));
        if start >= end {
            continue;
        }
        if from < start {
            parts.push((None, from..start));
        }
        parts.push((Some(number), start..end));
        from = end;
    }
    if from < at.end {
        parts.push((None, from..at.end));
    }
    parts
}

/// The tokens of `text`, adjoining ones of one class as one.
fn tokens<'t>(language: &str, text: &'t str) -> Vec<(Option<Class>, &'t str)> {
    classed(language, text)
        .into_iter()
        .map(|(class, range)| (class, &text[range]))
        .collect()
}

/// The same, by their bytes.
fn classed(language: &str, text: &str) -> Vec<(Option<Class>, Range<usize>)> {
    if language != "rust" {
        return vec![(None, 0..text.len())];
    }
    let kinds = lexed(text);
    let attributes = attributes(&kinds);
    let mut merged: Vec<(Option<Class>, Range<usize>)> = Vec::new();
    for (index, (kind, range)) in kinds.iter().enumerate() {
        let class = if attributes[index] {
            Some("attribute")
        } else {
            let next = kinds.get(index + 1).map(|(kind, _)| *kind);
            class(*kind, &text[range.clone()], next)
        };
        match merged.last_mut() {
            Some((last, to)) if *last == class => to.end = range.end,
            _ => merged.push((class, range.clone())),
        }
    }
    merged
}

fn class(
    kind: TokenKind,
    word: &str,
    next: Option<TokenKind>,
) -> Option<Class> {
    use TokenKind as T;
    Some(match kind {
        T::LineComment { .. } | T::BlockComment { .. } => "comment",
        T::Lifetime { .. } => "lifetime",
        T::Literal { kind, .. } => match kind {
            LiteralKind::Int { .. } | LiteralKind::Float { .. } => "number",
            _ => "string",
        },
        T::Ident if KEYWORDS.contains(&word) => "keyword",
        T::Ident if next == Some(T::Bang) => "macro",
        T::Ident if next == Some(T::OpenParen) && is_small(word) => "function",
        T::Ident if !is_small(word) => "type",
        _ => return None,
    })
}

fn is_small(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_lowercase() || letter == '_')
}

/// Which tokens belong to `#[…]` or `#![…]`.
fn attributes(kinds: &[(TokenKind, Range<usize>)]) -> Vec<bool> {
    let mut inside = vec![false; kinds.len()];
    let mut depth = 0_usize;
    let mut begun = false;
    for (index, (kind, _)) in kinds.iter().enumerate() {
        let next = kinds.get(index + 1).map(|(kind, _)| *kind);
        if *kind == TokenKind::Pound
            && matches!(next, Some(TokenKind::OpenBracket | TokenKind::Bang))
        {
            begun = true;
        }
        inside[index] = begun;
        match kind {
            TokenKind::OpenBracket if begun => depth += 1,
            TokenKind::CloseBracket if begun => {
                depth -= 1;
                begun = depth > 0;
            }
            _ => {}
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(text: &str) -> Vec<String> {
        let lines = lines("rust", text);
        lines.into_iter().map(PreEscaped::into_string).collect()
    }

    #[test]
    fn async_and_await_are_keywords() {
        assert_eq!(
            html("async fn a() {\n    b().await\n}"),
            ["<b>async</b> <b>fn</b> a() {", "    b().<b>await</b>", "}"]
        );
    }

    #[test]
    fn what_is_of_one_class_is_one_element_on_a_page() {
        let whole = |text: &str, marked| whole("rust", text, marked).0;
        assert_eq!(whole("pub async fn a", &[]), "<b>pub async fn</b> a");
        assert_eq!(whole("// a\n    // b\nc", &[]), "<i>// a\n    // b</i>\nc");
        assert_eq!(
            whole("pub async fn a", &[4..9, 13..14]),
            "<b>pub</b> <mark><b>async</b></mark> <b>fn</b> <mark>a</mark>"
        );
    }

    #[test]
    fn a_string_over_two_lines_is_closed_on_each() {
        assert_eq!(html("\"a\nb\""), ["<q>&quot;a</q>", "<q>b&quot;</q>"]);
    }

    #[test]
    fn attributes_macros_numbers_and_lifetimes_have_elements() {
        let line = &html("#[test] fn f<'a>(v: Vec<u8>) { vec![1] } // x")[0];
        for part in [
            "<u>#[test]</u>",
            "<u>'a</u>",
            "<var>vec</var>!",
            "<u>1</u>",
            "<i>// x</i>",
        ] {
            assert!(line.contains(part), "{part} in {line}");
        }
    }

    #[test]
    fn the_text_is_all_there_and_escaped() {
        let text = "let a = b < c && d;\n\n// <b>\n";
        let tags = regex::Regex::new("<[^>]*>").expect("valid");
        let plain = tags.replace_all(&html(text).join("\n"), "").into_owned();
        let plain = plain
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        assert_eq!(plain, text.trim_end());
        assert_eq!(lines("text", "a < b")[0].0, "a &lt; b");
    }
}
