//! The glossary: where a chapter first uses a term, it links to its meaning.

use crate::directive;
use crate::slug::slug;
use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use regex::Regex;
use std::ops::Range;

/// One term, as prose has it, and the place of its meaning.
#[derive(Debug, Clone)]
pub struct Term {
    id: String,
    pattern: Regex,
}

/// The terms that a glossary defines: the titles of its definition lists.
#[must_use]
pub fn terms(glossary: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut title: Option<String> = None;
    for event in new_cmark_parser(glossary, &MarkdownOptions::default()) {
        match event {
            Event::Start(Tag::DefinitionListTitle) => {
                title = Some(String::new());
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(title) = &mut title {
                    title.push_str(&text);
                }
            }
            Event::End(TagEnd::DefinitionListTitle) => {
                terms.extend(title.take().map(|title| term(&title)));
            }
            _ => {}
        }
    }
    // "join handle" before "join".
    terms.sort_by_key(|term| std::cmp::Reverse(term.id.len()));
    terms
}

fn term(title: &str) -> Term {
    let words: Vec<String> =
        title.split_whitespace().map(regex::escape).collect();
    let pattern = format!(r"(?i)\b{}(?:e?s)?\b", words.join(r"\s+"));
    Term {
        id: slug(title),
        pattern: Regex::new(&pattern).expect("an escaped title is a pattern"),
    }
}

/// The chapter with a link at the first use of each term in its prose, to
/// `page`, the glossary as seen from the chapter. A term that the chapter
/// links by itself is left alone.
#[must_use]
pub fn linked(text: &str, terms: &[Term], page: &str) -> String {
    let mut uses = first_uses(text, terms, page);
    uses.sort_by_key(|(place, _)| place.start);
    let mut out = String::new();
    let mut end = 0;
    for (place, term) in uses {
        out += &text[end..place.start];
        let words = &text[place.clone()];
        out += &format!("[{words}]({page}#{} \"Glossary\")", term.id);
        end = place.end;
    }
    out + &text[end..]
}

/// Where a chapter first uses each term that it does not link by itself.
fn first_uses<'t>(
    text: &str,
    terms: &'t [Term],
    page: &str,
) -> Vec<(Range<usize>, &'t Term)> {
    let blanked = directive::blanked(text);
    let is_open =
        |term: &&Term| !text.contains(&format!("{page}#{})", term.id));
    let mut open: Vec<&Term> = terms.iter().filter(is_open).collect();
    let mut uses: Vec<(Range<usize>, &Term)> = Vec::new();
    let mut outside = 0_usize;
    let mut behind_code = false;
    let parser = new_cmark_parser(&blanked, &MarkdownOptions::default());
    for (event, span) in parser.into_offset_iter() {
        let is_code = matches!(event, Event::Code(_));
        match event {
            Event::Start(tag) if is_no_prose(&tag) => outside += 1,
            Event::End(tag) if is_end_of_no_prose(tag) => outside -= 1,
            Event::Text(_) if outside == 0 => open.retain(|term| {
                let words = (&blanked[span.clone()], span.start);
                let place = first(term, words, behind_code, &uses);
                uses.extend(place.clone().map(|place| (place, *term)));
                place.is_none()
            }),
            _ => {}
        }
        behind_code = is_code;
    }
    uses
}

/// The first use of `term` in a piece of prose that begins at an offset, where
/// nothing else is `taken`. Right behind code it is not the term but part of a
/// name: an `async` block blocks nothing.
fn first(
    term: &Term,
    (words, from): (&str, usize),
    behind_code: bool,
    taken: &[(Range<usize>, &Term)],
) -> Option<Range<usize>> {
    let is_free = |place: &Range<usize>| {
        let apart = |(other, _): &(Range<usize>, &Term)| {
            place.end <= other.start || other.end <= place.start
        };
        taken.iter().all(apart)
    };
    term.pattern
        .find_iter(words)
        .filter(|found| {
            let begins = words[..found.start()].trim().is_empty();
            !(behind_code && begins)
        })
        .map(|found| from + found.start()..from + found.end())
        .find(is_free)
}

fn is_no_prose(tag: &Tag) -> bool {
    matches!(
        tag,
        Tag::Heading { .. }
            | Tag::Link { .. }
            | Tag::Image { .. }
            | Tag::CodeBlock(_)
            | Tag::TableHead
            | Tag::HtmlBlock
    )
}

fn is_end_of_no_prose(tag: TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Heading(_)
            | TagEnd::Link
            | TagEnd::Image
            | TagEnd::CodeBlock
            | TagEnd::TableHead
            | TagEnd::HtmlBlock
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLOSSARY: &str = "# Glossary\n\nblock\n: To hold a thread.\n\n\
                            join handle\n: What spawn gives.\n\n\
                            waker\n: A bell.\n";

    fn text(chapter: &str) -> String {
        linked(chapter, &terms(GLOSSARY), "glossary.md")
    }

    #[test]
    fn the_first_use_of_a_term_links_to_it() {
        assert_eq!(
            text("# Wakers\n\nA waker, and two Join handles; wakers.\n"),
            "# Wakers\n\nA [waker](glossary.md#waker \"Glossary\"), and two \
             [Join handles](glossary.md#join-handle \"Glossary\"); wakers.\n"
        );
    }

    #[test]
    fn code_links_directives_and_names_are_left_alone() {
        for chapter in [
            "`waker`\n",
            "[a waker](b.md)\n",
            "```text\nwaker\n```\n",
            "an `async` block\n",
            "{{#listing block/wrong_way}}\n",
            "[it](glossary.md#waker) is a waker\n",
        ] {
            assert_eq!(text(chapter), chapter);
        }
    }
}
