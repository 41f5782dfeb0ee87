//! Internal links: each leads to a chapter, a heading or an image that exists.

use crate::slug::slug;
use lessons::{Fault, Problem, line_of};
use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

static ID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\sid="([^"]+)""#).expect("a valid pattern"));

/// The ids that a chapter's page will have: those of its headings and terms,
/// made as mdBook makes them, and those in its HTML.
#[must_use]
pub fn ids(expanded: &str) -> BTreeSet<String> {
    let mut ids: BTreeSet<String> = BTreeSet::new();
    let mut words: Option<String> = None;
    let mut own_id = None;
    let parser = new_cmark_parser(expanded, &MarkdownOptions::default());
    for event in parser {
        match event {
            Event::Start(Tag::Heading { id, .. }) => {
                own_id = id.map(|id| id.to_string());
                words = Some(String::new());
            }
            Event::Start(Tag::DefinitionListTitle) => {
                words = Some(String::new());
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(words) = &mut words {
                    *words += &text;
                }
            }
            Event::Html(text) | Event::InlineHtml(text) => {
                let found = ID.captures_iter(&text);
                ids.extend(found.map(|id| id[1].to_owned()));
            }
            Event::End(TagEnd::Heading(_) | TagEnd::DefinitionListTitle) => {
                let made = words.take().map(|words| slug(&words));
                if let Some(id) = own_id.take().or(made) {
                    insert_unique(&mut ids, &id);
                }
            }
            _ => {}
        }
    }
    ids
}

/// As mdBook does with a second heading of the same words.
fn insert_unique(ids: &mut BTreeSet<String>, id: &str) {
    let mut free = id.to_owned();
    let mut number = 0;
    while !ids.insert(free) {
        number += 1;
        free = format!("{id}-{number}");
    }
}

/// The links of one chapter that lead nowhere.
///
/// `page` is its path in the book's source folder, `ids` the ids of every
/// chapter, `file` the path to report and `exists` tells whether a file that
/// is no chapter is there.
#[must_use]
pub fn dead_links(
    text: &str,
    file: &Path,
    page: &Path,
    ids: &BTreeMap<PathBuf, BTreeSet<String>>,
    exists: impl Fn(&Path) -> bool,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let parser = new_cmark_parser(text, &MarkdownOptions::default());
    for (event, span) in parser.into_offset_iter() {
        let (url, is_image) = match event {
            Event::Start(Tag::Link { dest_url, .. }) => (dest_url, false),
            Event::Start(Tag::Image { dest_url, .. }) => (dest_url, true),
            _ => continue,
        };
        let (path, fragment) = url.split_once('#').unwrap_or((&url, ""));
        let target = resolve(page, path);
        let is_there = exists(&target) && fragment.is_empty();
        let ids = ids.get(&target);
        if is_external(&url) || ids.is_none() && is_there {
            continue;
        }
        let line = || line_of(text, span.start);
        let dead = dead(&url, is_image, ids, fragment);
        faults.extend(dead.map(|problem| problem.at(file, line())));
    }
    faults
}

/// What is wrong with a link to a page with these ids, if anything is.
fn dead(
    url: &str,
    is_image: bool,
    ids: Option<&BTreeSet<String>>,
    fragment: &str,
) -> Option<Problem> {
    match ids {
        None if is_image => Some(Problem::new(
            format!("the image {url} is missing"),
            "put it beside the chapter, or take it out",
        )),
        None => Some(Problem::new(
            format!("the link to {url} is dead: there is no such chapter"),
            "name a file that src/SUMMARY.md lists",
        )),
        Some(ids) if fragment.is_empty() || ids.contains(fragment) => None,
        Some(ids) => Some(Problem::new(
            format!("the link to {url} is dead: no such heading there"),
            format!("there are: {}", nearest(ids, fragment)),
        )),
    }
}

fn is_external(url: &str) -> bool {
    url.starts_with("//")
        || url.split_once(':').is_some_and(|(scheme, _)| {
            scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '+')
        })
}

/// The path of a link, from the book's source folder on.
fn resolve(page: &Path, path: &str) -> PathBuf {
    if path.is_empty() {
        return page.to_path_buf();
    }
    let from = page.parent().unwrap_or(Path::new(""));
    let mut out = PathBuf::new();
    for part in from.join(path).components() {
        match part {
            Component::ParentDir => {
                out.pop();
            }
            Component::Normal(name) => out.push(name),
            _ => {}
        }
    }
    out
}

/// A few ids, those that share most with the one that is missing first.
fn nearest(ids: &BTreeSet<String>, wanted: &str) -> String {
    let mut all: Vec<&String> = ids.iter().collect();
    let shared = |id: &str| {
        id.chars()
            .zip(wanted.chars())
            .take_while(|(a, b)| a == b)
            .count()
    };
    all.sort_by_key(|id| std::cmp::Reverse(shared(id)));
    let some: Vec<String> = all.into_iter().take(8).cloned().collect();
    some.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let mut all = BTreeMap::new();
        let other = "# Tasks\n\n## `spawn` is eager\n\nwaker\n: a bell\n";
        all.insert(PathBuf::from("a.md"), ids("# One\n\n## One\n"));
        all.insert(PathBuf::from("b.md"), ids(other));
        let is_there = |path: &Path| path == Path::new("img/x.png");
        let page = Path::new("a.md");
        dead_links(text, Path::new("src/a.md"), page, &all, is_there)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn links_that_lead_somewhere_are_silent() {
        let text = "[a](b.md) [b](b.md#spawn-is-eager) [c](#one-1) \
                    [d](b.md#waker) ![e](img/x.png) [f](https://a.b/c)";
        assert_eq!(faults(text), [""; 0]);
    }

    #[test]
    fn a_dead_link_names_its_line_and_what_there_is() {
        let found = faults("x\n\n[a](c.md)\n\n[b](b.md#spawn-is-lazy)\n");
        assert_eq!(
            found[0],
            "src/a.md:3: the link to c.md is dead: there is no such chapter\n    \
             name a file that src/SUMMARY.md lists"
        );
        assert!(
            found[1].starts_with("src/a.md:5: the link to b.md#spawn-is-lazy"),
            "{found:?}"
        );
        assert!(found[1].contains("there are: spawn-is-eager"), "{found:?}");
    }
}
