//! The items of a program, each with its lines: what a page folds where it has
//! been met before.

use crate::syntax;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::{ImplItem, Item as Syn, TraitItem};

/// An item of a program, or one within an `impl` or a `trait`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is, as in "struct Server". All of `use` are "imports".
    pub name: String,
    /// Its lines, counted from 0, with the comments above it.
    pub lines: Range<usize>,
    /// Its text, below the head of what it is within: by this, two are the same.
    pub text: String,
    /// What is within it.
    pub inner: Vec<Item>,
}

/// The items of a program, in its order; none if it can't be parsed.
#[must_use]
pub fn items(program: &str) -> Vec<Item> {
    let look = |file: &syn::File| {
        let above = file.attrs.iter().map(|attr| last(attr.span())).max();
        let all = file
            .items
            .iter()
            .map(|item| (name(item), last(item.span()), inner_spans(item)));
        (above.unwrap_or(0), all.collect::<Vec<_>>())
    };
    let Ok((above, all)) = syntax::read(program, look) else {
        return Vec::new();
    };
    let lines: Vec<&str> = program.lines().collect();
    let mut from = above;
    all.into_iter()
        .map(|(name, end, inner)| {
            let mut item = item(&lines, name, from..end, "");
            from = end;
            item.inner = within(&lines, &item, inner);
            item
        })
        .collect()
}

/// The line behind the last of a span's, counted from 0.
fn last(span: proc_macro2::Span) -> usize {
    span.end().line
}

/// What is within an item: where that begins, and each name with its end.
type Within = (usize, Vec<(String, usize)>);

fn inner_spans(item: &Syn) -> Within {
    match item {
        Syn::Impl(it) => {
            let name = |inner: &ImplItem| match inner {
                ImplItem::Fn(it) => it.sig.ident.to_string(),
                ImplItem::Type(it) => format!("type {}", it.ident),
                ImplItem::Const(it) => format!("const {}", it.ident),
                _ => "a macro".to_owned(),
            };
            let all = it.items.iter().map(|it| (name(it), last(it.span())));
            (it.brace_token.span.open().start().line, all.collect())
        }
        Syn::Trait(it) => {
            let name = |inner: &TraitItem| match inner {
                TraitItem::Fn(it) => it.sig.ident.to_string(),
                _ => "its types".to_owned(),
            };
            let all = it.items.iter().map(|it| (name(it), last(it.span())));
            (it.brace_token.span.open().start().line, all.collect())
        }
        _ => (0, Vec::new()),
    }
}

fn within(lines: &[&str], item: &Item, (from, all): Within) -> Vec<Item> {
    let head = lines.get(from.saturating_sub(1)).copied().unwrap_or("");
    let mut from = from.max(item.lines.start);
    all.into_iter()
        .map(|(name, end)| {
            let inner = self::item(lines, name, from..end, head);
            from = end;
            inner
        })
        .collect()
}

/// An item of these lines, without the blank ones above it.
fn item(lines: &[&str], name: String, at: Range<usize>, head: &str) -> Item {
    let blank = |line: &&&str| line.trim().is_empty();
    let all = lines.get(at.clone()).unwrap_or_default();
    let blanks = all.iter().take_while(blank).count();
    Item {
        name,
        lines: at.start + blanks..at.end,
        text: format!("{head}\n{}", all[blanks..].join("\n")),
        inner: Vec::new(),
    }
}

fn name(item: &Syn) -> String {
    match item {
        Syn::Use(_) => "imports".to_owned(),
        Syn::Fn(it) => it.sig.ident.to_string(),
        Syn::Struct(it) => format!("struct {}", it.ident),
        Syn::Enum(it) => format!("enum {}", it.ident),
        Syn::Const(it) => format!("const {}", it.ident),
        Syn::Static(it) => format!("static {}", it.ident),
        Syn::Trait(it) => format!("trait {}", it.ident),
        Syn::Type(it) => format!("type {}", it.ident),
        Syn::Mod(it) => format!("mod {}", it.ident),
        Syn::Impl(it) => {
            let of = word(&it.self_ty);
            match &it.trait_ {
                Some((_, path, _)) => {
                    let last = path.segments.last();
                    let name = last.map(|it| it.ident.to_string());
                    format!("impl {} for {of}", name.unwrap_or_default())
                }
                None => format!("impl {of}"),
            }
        }
        _ => "a macro".to_owned(),
    }
}

/// A type in a word.
fn word(of: &syn::Type) -> String {
    match of {
        syn::Type::Path(it) => {
            let last = it.path.segments.last();
            last.map(|it| it.ident.to_string()).unwrap_or_default()
        }
        syn::Type::Reference(it) => format!("&{}", word(&it.elem)),
        _ => "a type".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
//! Doc.
use std::time::Duration;
use tokio::time::sleep;

// Why.
/// A server.
#[derive(Debug)]
struct Server; // one

impl Server {
    async fn answer(&self) {}

    /// Asks.
    fn ask(&self) {
        todo!()
    }
}

fn main() {}";

    #[test]
    fn items_have_names_and_lines_with_their_comments() {
        let all = items(TEXT);
        let told: Vec<_> = all
            .iter()
            .map(|it| (it.name.as_str(), it.lines.clone()))
            .collect();
        assert_eq!(
            told,
            [
                ("imports", 1..2),
                ("imports", 2..3),
                ("struct Server", 4..8),
                ("impl Server", 9..17),
                ("main", 18..19),
            ]
        );
        assert!(all[2].text.ends_with("struct Server; // one"));
    }

    #[test]
    fn methods_are_told_with_the_head_of_their_impl() {
        let inner = &items(TEXT)[3].inner;
        assert_eq!(
            (inner[0].lines.clone(), inner[1].lines.clone()),
            (10..11, 12..16)
        );
        assert_eq!(
            inner[0].text,
            "impl Server {\n    async fn answer(&self) {}"
        );
    }

    #[test]
    fn what_is_no_rust_has_no_items() {
        assert_eq!(items("fn main( {"), []);
    }
}
