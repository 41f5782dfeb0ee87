//! The index of the book's own search: every section with its heading, its
//! words, and the names in its code. It is made of the built pages, so that a
//! result is an address that is there.
//!
//! It holds words and not their places: a book of this size is looked through
//! in a few milliseconds, and an excerpt needs the words anyway.

use anyhow::{Context, Result};
use maud::{Markup, html};
use regex::Regex;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

/// A page of the book, in the order of its contents.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its path in the site.
    pub path: String,
    /// Its title, with its number.
    pub title: String,
}

/// What page.d.ts calls `SearchIndex`.
#[derive(Debug, Default, Serialize, PartialEq)]
struct Index {
    /// Path and title of each page.
    pages: Vec<(String, String)>,
    sections: Vec<Section>,
}

/// A section, as a list of its fields.
#[derive(Debug, Default, PartialEq)]
struct Section {
    /// The place of its page.
    page: usize,
    id: String,
    heading: String,
    words: String,
    /// The names in its code that its words lack.
    names: String,
    /// The terms that it introduces.
    terms: String,
    /// Words that wait for an answer: they are found, and not shown.
    sealed: String,
}

impl Serialize for Section {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self {
            page,
            id,
            heading,
            words,
            names,
            terms,
            sealed,
        } = self;
        (page, id, heading, words, names, terms, sealed).serialize(to)
    }
}

/// The index of the pages in `dir`, as a script.
///
/// # Errors
/// If a page can't be read.
pub fn script(dir: &Path, pages: &[Page]) -> Result<String> {
    let mut index = Index::default();
    for page in pages {
        let text = std::fs::read_to_string(dir.join(&page.path))
            .with_context(|| format!("can't read {}", page.path))?;
        let place = index.pages.len();
        index.pages.push((page.path.clone(), page.title.clone()));
        index.sections.extend(sections(place, &text));
    }
    let json = serde_json::to_string(&index)?;
    Ok(format!("window.workbook_index={json};"))
}

static PIECE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?s)<(/?)([a-zA-Z][a-zA-Z0-9-]*)([^>]*)>|<!--.*?-->|[^<]+")
        .expect("a valid pattern")
});

/// Elements whose words are no prose: what is pressed, drawn or repeated.
const NO_PROSE: [&str; 10] = [
    "button", "select", "svg", "script", "style", "nav", "header", "template",
    "summary", "legend",
];

/// Classes of such elements.
static NO_PROSE_CLASS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"class="[^"]*\b(tools|visually-hidden|transcript|answers?|choices|figures|timeline|diff|side|sides|how-to-run|handout|charts|bar)\b"#,
    )
    .expect("a valid pattern")
});

const VOID: [&str; 7] = ["input", "br", "hr", "img", "wbr", "link", "meta"];

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z_][A-Za-z0-9_]{3,}").expect("a valid pattern")
});

static ID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\bid="([^"]+)""#).expect("a valid pattern"));

/// What is read, and into what it goes.
#[derive(Default)]
struct Reader {
    place: usize,
    sections: Vec<Section>,
    /// The element that is passed over, and how often it is open.
    skipped: Option<(String, usize)>,
    /// The same of one that waits for an answer: it is found by its words, and
    /// no excerpt says them.
    sealed: Option<(String, usize)>,
    in_code: usize,
    in_heading: bool,
    in_term: bool,
    names: BTreeSet<String>,
}

/// The sections of a page.
fn sections(place: usize, page: &str) -> Vec<Section> {
    let main = page.split_once("<main>").map_or(page, |(_, main)| main);
    let main = main.rsplit_once("</main>").map_or(main, |(main, _)| main);
    let mut reader = Reader {
        place,
        ..Reader::default()
    };
    for piece in PIECE.captures_iter(main) {
        match piece.get(2) {
            None => reader.text(&piece[0]),
            Some(tag) if piece[1].is_empty() => {
                reader.open(tag.as_str(), &piece[3]);
            }
            Some(tag) => reader.close(tag.as_str()),
        }
    }
    reader.finish();
    reader.sections.retain(|section| !section.words.is_empty());
    reader.sections
}

impl Reader {
    fn open(&mut self, tag: &str, attributes: &str) {
        if VOID.contains(&tag) || attributes.ends_with('/') {
            return;
        }
        if let Some((skipped, depth)) = &mut self.skipped {
            *depth += usize::from(skipped == tag);
            return;
        }
        if let Some((sealed, depth)) = &mut self.sealed {
            *depth += usize::from(sealed == tag);
        }
        let is_no_prose =
            NO_PROSE.contains(&tag) || NO_PROSE_CLASS.is_match(attributes);
        let id = ID.captures(attributes);
        match (tag, id) {
            _ if is_no_prose => self.skipped = Some((tag.to_owned(), 1)),
            _ if attributes.contains("class=\"seal") => {
                self.sealed = Some((tag.to_owned(), 1));
            }
            ("h1" | "h2" | "h3" | "h4" | "dt", Some(id)) => {
                self.finish();
                let id = id[1].to_owned();
                self.sections.push(Section {
                    page: self.place,
                    id,
                    ..Section::default()
                });
                self.in_heading = true;
            }
            ("pre", _) => self.in_code += 1,
            ("em", _) => self.in_term = true,
            _ => {}
        }
        self.space(tag);
    }

    fn close(&mut self, tag: &str) {
        if let Some((skipped, depth)) = &mut self.skipped {
            *depth -= usize::from(skipped == tag);
            if *depth == 0 {
                self.skipped = None;
            }
            return;
        }
        if let Some((sealed, depth)) = &mut self.sealed {
            *depth -= usize::from(sealed == tag);
            if *depth == 0 {
                self.sealed = None;
            }
        }
        match tag {
            "h1" | "h2" | "h3" | "h4" | "dt" => self.in_heading = false,
            "pre" => self.in_code = self.in_code.saturating_sub(1),
            "em" => {
                self.in_term = false;
                if let Some(section) = self.sections.last_mut() {
                    section.terms.push('|');
                }
            }
            _ => {}
        }
        self.space(tag);
    }

    /// Blocks are apart; words that are only marked are not.
    fn space(&mut self, tag: &str) {
        let is_inline = matches!(
            tag,
            "a" | "em" | "strong" | "code" | "span" | "b" | "i" | "q" | "sup"
        );
        if let Some(section) = self.sections.last_mut().filter(|_| !is_inline) {
            section.words.push(' ');
            section.sealed.push(' ');
        }
    }

    fn text(&mut self, text: &str) {
        if self.skipped.is_some() {
            return;
        }
        let Some(section) = self.sections.last_mut() else {
            return;
        };
        let text = unescaped(text);
        if self.in_code > 0 {
            let names = NAME.find_iter(&text).map(|it| it.as_str().to_owned());
            self.names.extend(names);
        } else if self.in_heading {
            section.heading += &text;
        } else {
            let words = match self.sealed {
                Some(_) => &mut section.sealed,
                None => &mut section.words,
            };
            *words += &text;
            if self.in_term {
                section.terms += &text;
            }
        }
    }

    /// The section ends: its words in one line, and the names that they lack.
    fn finish(&mut self) {
        let names = std::mem::take(&mut self.names);
        self.in_heading = false;
        let Some(section) = self.sections.last_mut() else {
            return;
        };
        let words: Vec<&str> = section.words.split_whitespace().collect();
        section.words = words.join(" ");
        let sealed: Vec<&str> = section.sealed.split_whitespace().collect();
        section.sealed = sealed.join(" ");
        section.heading = section.heading.trim().to_owned();
        let lacked = names.into_iter().filter(|it| !section.words.contains(it));
        section.names = lacked.collect::<Vec<_>>().join(" ");
    }
}

/// Text as a reader has it.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&nbsp;", "\u{a0}")
        .replace("&amp;", "&")
}

/// The button that opens the search, for a page's menu.
#[must_use]
pub fn button() -> Markup {
    html! {
        button #mdbook-search-toggle .icon-button type="button"
            title="Search (/)" aria-label="Search" aria-expanded="false"
            aria-keyshortcuts="/ s" aria-controls="mdbook-search-wrapper" {
            span.fa-svg {
                svg viewBox="0 0 512 512" aria-hidden="true" {
                    path fill="none" stroke="currentColor" stroke-width="64"
                        stroke-linecap="round"
                        d="M208 48a160 160 0 1 0 0 320a160 160 0 1 0 0-320\
                           M330 330L470 470" {}
                }
            }
        }
    }
}

/// The box of the search, closed.
#[must_use]
pub fn panel() -> Markup {
    html! {
        search #mdbook-search-wrapper .hidden {
            form #mdbook-searchbar-outer {
                input #mdbook-searchbar type="search" autocomplete="off"
                    placeholder="Search this book" aria-label="Search this book"
                    aria-controls="mdbook-searchresults"
                    aria-describedby="mdbook-searchresults-header";
            }
            p #mdbook-searchresults-header role="status" {}
            ul #mdbook-searchresults {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_has_its_words_its_names_and_its_terms_and_no_labels() {
        let page = "<nav>Menu</nav><main><h1 id=\"a\"><a href=\"#a\">Permits\
                    </a></h1><p>A <em>semaphore</em> has &lt;permits&gt;.</p>\
                    <button>Copy</button><div class=\"tools\"><div>Run</div>\
                    </div><pre><code>let permit = acquire();</code></pre>\
                    <h2 id=\"b\">More</h2><p>a<b>b</b></p><div \
                    class=\"seal\" data-until=\"q\"><div>later</div>on 5.9 s\
                    </div></main><p>End</p>";
        let json = serde_json::to_string(&sections(3, page)).expect("text");
        assert_eq!(
            json,
            "[[3,\"a\",\"Permits\",\"A semaphore has <permits>.\",\
             \"acquire\",\"semaphore|\",\"\"],\
             [3,\"b\",\"More\",\"ab\",\"\",\"\",\"later on 5.9 s\"]]"
        );
    }
}
