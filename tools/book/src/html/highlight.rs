//! Code with its colours, made when the book is built: the browser runs no
//! highlighter.
//!
//! The tokens come from rustc's own lexer, so that `async` and `.await` are
//! what they are to the compiler. What a class looks like is for the style
//! sheet to say.

use maud::{Markup, PreEscaped, html};
use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, tokenize};

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

fn span(class: Option<Class>, words: &str) -> Markup {
    html! {
        @match class {
            Some(class) => span class=(class) { (words) },
            _ => (words),
        }
    }
}

/// The tokens of `text`, adjoining ones of one class as one.
fn tokens<'t>(language: &str, text: &'t str) -> Vec<(Option<Class>, &'t str)> {
    if language != "rust" {
        return vec![(None, text)];
    }
    let mut kinds = Vec::new();
    let mut at = 0;
    for token in tokenize(text, FrontmatterAllowed::No) {
        let end = at + token.len as usize;
        kinds.push((token.kind, at..end));
        at = end;
    }
    let attributes = attributes(&kinds);
    let mut merged: Vec<(Option<Class>, std::ops::Range<usize>)> = Vec::new();
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
        .into_iter()
        .map(|(class, range)| (class, &text[range]))
        .collect()
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
fn attributes(kinds: &[(TokenKind, std::ops::Range<usize>)]) -> Vec<bool> {
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
            [
                "<span class=\"keyword\">async</span> \
                 <span class=\"keyword\">fn</span> \
                 <span class=\"function\">a</span>() {",
                "    <span class=\"function\">b</span>().\
                 <span class=\"keyword\">await</span>",
                "}",
            ]
        );
    }

    #[test]
    fn a_string_over_two_lines_is_closed_on_each() {
        assert_eq!(
            html("\"a\nb\""),
            [
                "<span class=\"string\">&quot;a</span>",
                "<span class=\"string\">b&quot;</span>"
            ]
        );
    }

    #[test]
    fn attributes_macros_types_and_lifetimes_have_classes() {
        let line = &html("#[test] fn f<'a>(v: Vec<u8>) { vec![1] } // x")[0];
        for (class, word) in [
            ("attribute", "#[test]"),
            ("lifetime", "'a"),
            ("type", "Vec"),
            ("macro", "vec"),
            ("number", "1"),
            ("comment", "// x"),
        ] {
            let span = format!("<span class=\"{class}\">{word}</span>");
            let span = span.replace('\'', "&#39;");
            let plain = span.replace("&#39;", "'");
            assert!(line.contains(&span) || line.contains(&plain), "{line}");
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
