//! A whole chapter for its reader: terms linked, directives replaced, code in
//! colours, the answers at its end.

use crate::expand::{self, Expanded, Expander};
use crate::glossary::{self, Term};
use crate::html::{self, markdown};
use crate::seal;
use lessons::Question;
use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use std::path::Path;

/// The terms of the glossary, and its path as seen from a chapter.
pub type Terms<'t> = Option<(&'t [Term], &'t str)>;

/// The chapter as it is printed: terms linked at their first use, directives
/// replaced by their figures or by [slots](expand::slot).
#[must_use]
pub fn for_print(
    expander: Expander,
    file: &Path,
    text: &str,
    terms: Terms,
) -> Expanded {
    expander.expand(file, &linked(text, terms))
}

/// The chapter as a page of the site.
#[must_use]
pub fn for_page(
    expander: Expander,
    file: &Path,
    text: &str,
    terms: Terms,
) -> Expanded {
    let library = expander.library;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let linked = linked(text, terms);
    let kept_back = seal::kept_back(library, &stem, &linked);
    let mut out = expander.expand(file, &kept_back);
    out.text = html::listing::with_how_to_run(&coloured(&out.text));
    let asked: Vec<Question> = out
        .asked
        .iter()
        .filter_map(|id| {
            let lesson = library.lesson(&id.lesson)?;
            expand::questions(library, lesson, lesson.listing(id.way)?).ok()
        })
        .flatten()
        .collect();
    out.text += &html::question::answers(&asked);
    out.text += &html::question::index(library);
    out
}

fn linked(text: &str, terms: Terms) -> String {
    match terms {
        Some((terms, page)) => glossary::linked(text, terms, page),
        None => text.to_owned(),
    }
}

/// Code blocks that begin a line, in colours.
fn coloured(text: &str) -> String {
    let mut out = String::new();
    let mut end = 0;
    let mut code: Option<(String, String)> = None;
    let parser = new_cmark_parser(text, &MarkdownOptions::default());
    for (event, span) in parser.into_offset_iter() {
        let begins_line = || text[..span.start].bytes().last() != Some(b' ');
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info)))
                if begins_line() =>
            {
                let language = info.split([',', ' ']).next();
                let language = language.unwrap_or_default().to_owned();
                code = Some((language, String::new()));
            }
            Event::Text(words) => {
                if let Some((_, inside)) = &mut code {
                    *inside += &words;
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((language, inside)) = code.take() {
                    out += &text[end..span.start];
                    out += &markdown::code(&language, &inside);
                    end = span.end;
                }
            }
            _ => {}
        }
    }
    out + &text[end..]
}
