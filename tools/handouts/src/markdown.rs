//! Chapters as data: mdBook's Markdown, parsed by mdBook's own parser, in the
//! shape that the template sets.

use book::expand::slot;
use book::html::highlight;
use mdbook_markdown::pulldown_cmark::{
    Alignment, CodeBlockKind, CowStr, Event, HeadingLevel, Tag, TagEnd,
};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use serde::Serialize;
use std::collections::BTreeMap;
use std::iter::Peekable;

/// A piece of a chapter that begins a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum PaperBlock {
    /// A heading.
    Heading {
        /// Its level, from 1.
        level: u8,
        /// What links call it.
        id: String,
        /// Its words.
        body: Vec<Inline>,
    },
    /// A paragraph.
    Para {
        /// Its words.
        body: Vec<Inline>,
    },
    /// What is said in passing: `> **Coming from Python.** …`.
    Quote {
        /// What stands in it.
        blocks: Vec<PaperBlock>,
    },
    /// A list.
    List {
        /// The number of the first item; none for a list of bullets.
        start: Option<u64>,
        /// What stands in each item.
        items: Vec<Vec<PaperBlock>>,
    },
    /// Code that is no listing.
    Code {
        /// Its rows.
        rows: Vec<CodeRow>,
    },
    /// A table.
    Table {
        /// `left`, `center` or `right`, for each column.
        align: Vec<&'static str>,
        /// The cells of its head.
        head: Vec<Vec<Inline>>,
        /// The cells of each row below.
        rows: Vec<Vec<Vec<Inline>>>,
    },
    /// A glossary.
    Terms {
        /// Its entries.
        items: Vec<GlossaryTerm>,
    },
    /// A line across the page.
    Rule,
    /// The place of a listing.
    Listing {
        /// As directives name it: `breakfast/wrong_way`.
        id: String,
    },
    /// The place of a table of all claims or cells.
    Appendix {
        /// The name of its directive.
        name: String,
    },
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Inline {
    /// Words.
    Text {
        /// The words.
        text: String,
    },
    /// Words of a program.
    Code {
        /// The words.
        text: String,
    },
    /// Words that are stressed.
    Emph {
        /// The words.
        body: Vec<Inline>,
    },
    /// Words that stand out.
    Strong {
        /// The words.
        body: Vec<Inline>,
    },
    /// Words that are struck out.
    Strike {
        /// The words.
        body: Vec<Inline>,
    },
    /// A link to elsewhere: its address is printed as a footnote.
    Link {
        /// The address.
        url: String,
        /// The words that link.
        body: Vec<Inline>,
    },
    /// A link within the book.
    Xref {
        /// The stem of the chapter.
        chapter: String,
        /// The place in it; empty for its beginning.
        anchor: String,
        /// The words that link.
        body: Vec<Inline>,
    },
    /// A word of the glossary.
    Term {
        /// What the glossary's links call it.
        id: String,
        /// The word.
        body: Vec<Inline>,
    },
    /// A footnote.
    Note {
        /// Its label.
        label: String,
    },
    /// An image.
    Image {
        /// Its path in the book's source folder.
        path: String,
        /// What it shows, in words.
        alt: String,
    },
    /// A box to tick.
    Tick {
        /// Whether it is ticked.
        done: bool,
    },
    /// The end of a line.
    Break,
}

/// An entry of a glossary.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GlossaryTerm {
    /// What links call it.
    pub id: String,
    /// The word.
    pub title: Vec<Inline>,
    /// What it means.
    pub meaning: Vec<PaperBlock>,
}

/// A row of code on paper. A line that is too long has several.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CodeRow {
    /// The number of its line; none where the line goes on from above, or is
    /// folded.
    pub number: Option<usize>,
    /// Its parts, each with what it is: `keyword`, say, or [`FOLD`].
    pub parts: Vec<(Option<&'static str>, String)>,
    /// Whether the way before it in its lesson has not got this line.
    pub changed: bool,
}

/// A chapter, parsed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Text {
    /// What stands in it, in order.
    pub blocks: Vec<PaperBlock>,
    /// Its footnotes by their labels.
    pub notes: BTreeMap<String, Vec<PaperBlock>>,
    /// What can't be printed: a piece of the chapter, the cause, the remedy.
    pub refused: Vec<Unprintable>,
}

/// Something that has no form on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unprintable {
    /// Words of the chapter, to find its line by.
    pub words: String,
    /// What is wrong.
    pub cause: String,
    /// What to do.
    pub remedy: &'static str,
}

/// The columns of code that fit beside the margin: the 80 of a listing, and one
/// for a comment that rustfmt leaves alone.
pub const COLUMNS: usize = 81;

/// Parses a chapter that was expanded for print. `dir` is its folder in the
/// book's source: where its images are.
#[must_use]
pub fn parse(chapter: &str, dir: &str) -> Text {
    let events = new_cmark_parser(chapter, &MarkdownOptions::default());
    let mut reader = BlockReader {
        events: events.peekable(),
        text: Text::default(),
        dir,
    };
    reader.text.blocks = reader.blocks();
    reader.text
}

/// Code in rows of at most `columns`.
#[must_use]
pub fn rows(
    language: &str,
    text: &str,
    columns: usize,
    changed: &[bool],
) -> Vec<CodeRow> {
    let lines = highlight::parts(language, text);
    let mut rows = Vec::new();
    for (place, line) in lines.into_iter().enumerate() {
        let changed = changed.get(place) == Some(&true);
        let mut number = Some(place + 1);
        for parts in folded(&line, columns) {
            rows.push(CodeRow {
                number: number.take(),
                parts,
                changed,
            });
        }
    }
    rows
}

/// The row that is in the place of folded lines, more if it is long.
#[must_use]
pub fn fold(words: &str, columns: usize) -> Vec<CodeRow> {
    folded(&[(Some(FOLD), words)], columns)
        .into_iter()
        .map(|parts| CodeRow {
            number: None,
            parts,
            changed: false,
        })
        .collect()
}

/// What the words of a fold are.
pub const FOLD: &str = "fold";

/// The parts of a row: what each is, and its words.
type Parts = Vec<(Option<&'static str>, String)>;

/// A line in as many rows as it needs. Each ends at a space where it has one.
fn folded(line: &[(Option<&'static str>, &str)], columns: usize) -> Vec<Parts> {
    let letters: Vec<Letter> = line
        .iter()
        .flat_map(|(class, words)| words.chars().map(|one| (*class, one)))
        .collect();
    let mut rows = Vec::new();
    let mut rest = letters.as_slice();
    loop {
        let (row, later) = rest.split_at(fitting(rest, columns));
        rows.push(joined(row));
        if later.is_empty() {
            return rows;
        }
        rest = later;
    }
}

/// A letter, and what it is part of.
type Letter = (Option<&'static str>, char);

/// How many of these letters go into a row.
fn fitting(letters: &[Letter], columns: usize) -> usize {
    let mut used = 0;
    let over = letters.iter().position(|(_, letter)| {
        used += width(*letter);
        used > columns
    });
    let Some(over) = over else {
        return letters.len();
    };
    let is_space = |place: &usize| letters[*place].1 == ' ';
    let words = letters.iter().position(|(_, letter)| *letter != ' ');
    let words = words.unwrap_or_default();
    match (words..over).rev().find(is_space) {
        Some(space) => space + 1,
        None => over.max(1),
    }
}

/// Letters that are part of the same, as one.
fn joined(letters: &[Letter]) -> Parts {
    let mut parts = Parts::new();
    for (class, letter) in letters {
        match parts.last_mut() {
            Some((last, words)) if last == class => words.push(*letter),
            _ => parts.push((*class, letter.to_string())),
        }
    }
    parts
}

/// How many columns a letter is sure to fit in: three where it is as wide as it
/// is high, since its font is another.
fn width(letter: char) -> usize {
    match letter {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f000}'..='\u{1faff}' => 3,
        _ => 1,
    }
}

struct BlockReader<'t, I: Iterator<Item = Event<'t>>> {
    events: Peekable<I>,
    text: Text,
    dir: &'t str,
}

impl<'t, I: Iterator<Item = Event<'t>>> BlockReader<'t, I> {
    /// All blocks up to the end of what holds them. Lines that stand in it
    /// without a block of their own, as in a tight list, are paragraphs.
    fn blocks(&mut self) -> Vec<PaperBlock> {
        let mut blocks = Vec::new();
        loop {
            let body = self.inlines();
            if !body.is_empty() {
                blocks.push(PaperBlock::Para { body });
            }
            match self.events.next() {
                Some(Event::Start(tag)) => blocks.extend(self.block(tag)),
                Some(Event::Rule) => blocks.push(PaperBlock::Rule),
                Some(Event::Html(html)) => self.refuse_html(&html),
                // The end of what holds them was read with them.
                Some(Event::End(_)) | None => return blocks,
                Some(_) => {}
            }
        }
    }

    /// The block that `tag` begins; none where it gives nothing to print.
    fn block(&mut self, tag: Tag<'t>) -> Option<PaperBlock> {
        Some(match tag {
            Tag::Paragraph => PaperBlock::Para { body: self.line() },
            Tag::Heading { level, id, .. } => self.heading(level, id),
            Tag::BlockQuote(_) => PaperBlock::Quote {
                blocks: self.blocks(),
            },
            Tag::CodeBlock(kind) => self.code(&kind),
            Tag::List(start) => PaperBlock::List {
                start,
                items: self.each(|tag| matches!(tag, Tag::Item), Self::blocks),
            },
            Tag::FootnoteDefinition(label) => {
                let blocks = self.blocks();
                self.text.notes.insert(label.to_string(), blocks);
                return None;
            }
            Tag::DefinitionList => PaperBlock::Terms {
                items: self.terms(),
            },
            Tag::Table(align) => self.table(&align),
            _ => {
                let blocks = self.blocks();
                return match blocks.len() {
                    0 => None,
                    _ => Some(PaperBlock::Quote { blocks }),
                };
            }
        })
    }

    fn heading(
        &mut self,
        level: HeadingLevel,
        id: Option<CowStr>,
    ) -> PaperBlock {
        let body = self.line();
        let id = id.map_or_else(|| slug(&plain(&body)), |id| id.to_string());
        PaperBlock::Heading {
            level: level as u8,
            id,
            body,
        }
    }

    fn code(&mut self, kind: &CodeBlockKind) -> PaperBlock {
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.to_string(),
            CodeBlockKind::Indented => String::new(),
        };
        let mut text = String::new();
        for event in self.events.by_ref() {
            match event {
                Event::Text(words) => text += &words,
                Event::End(_) => break,
                _ => {}
            }
        }
        match slot::parse(&info) {
            Some(("listing", id)) => PaperBlock::Listing { id: id.to_owned() },
            Some((name, _)) => PaperBlock::Appendix {
                name: name.to_owned(),
            },
            None => {
                let language = info.split([',', ' ']).next();
                let language = language.unwrap_or_default();
                let rows = rows(language, text.trim_end(), COLUMNS, &[]);
                PaperBlock::Code { rows }
            }
        }
    }

    fn table(&mut self, align: &[Alignment]) -> PaperBlock {
        let row = |reader: &mut Self| {
            reader.each(|tag| matches!(tag, Tag::TableCell), Self::line)
        };
        let mut all =
            self.each(|tag| matches!(tag, Tag::TableHead | Tag::TableRow), row);
        PaperBlock::Table {
            align: align.iter().map(|align| alignment(*align)).collect(),
            head: all.remove(0),
            rows: all,
        }
    }

    fn terms(&mut self) -> Vec<GlossaryTerm> {
        let mut terms: Vec<GlossaryTerm> = Vec::new();
        loop {
            match self.events.next() {
                Some(Event::Start(Tag::DefinitionListTitle)) => {
                    let title = self.line();
                    terms.push(GlossaryTerm {
                        id: slug(&plain(&title)),
                        title,
                        meaning: Vec::new(),
                    });
                }
                Some(Event::Start(Tag::DefinitionListDefinition)) => {
                    let meaning = self.blocks();
                    if let Some(term) = terms.last_mut() {
                        term.meaning.extend(meaning);
                    }
                }
                Some(Event::End(TagEnd::DefinitionList)) | None => {
                    return terms;
                }
                Some(_) => {}
            }
        }
    }

    /// Each part that such a tag begins, up to the end of what holds them.
    fn each<T>(
        &mut self,
        begins: impl Fn(&Tag) -> bool,
        read: impl Fn(&mut Self) -> T,
    ) -> Vec<T> {
        let mut parts = Vec::new();
        loop {
            match self.events.next() {
                Some(Event::Start(tag)) if begins(&tag) => {
                    parts.push(read(self));
                }
                Some(Event::End(_)) | None => return parts,
                Some(_) => {}
            }
        }
    }

    /// All pieces of a line, with the end of what holds them.
    fn line(&mut self) -> Vec<Inline> {
        let body = self.inlines();
        self.events.next();
        body
    }

    /// All pieces of a line that stand here.
    fn inlines(&mut self) -> Vec<Inline> {
        let mut body = Vec::new();
        while let Some(event) = self.events.next_if(is_inline) {
            match event {
                Event::Text(text) => add_text(&mut body, &text),
                Event::SoftBreak => add_text(&mut body, " "),
                Event::HardBreak => body.push(Inline::Break),
                Event::Code(text) => body.push(Inline::Code {
                    text: text.to_string(),
                }),
                Event::FootnoteReference(label) => body.push(Inline::Note {
                    label: label.to_string(),
                }),
                Event::TaskListMarker(done) => body.push(Inline::Tick { done }),
                Event::InlineHtml(html) => self.inline_html(&html, &mut body),
                Event::Start(tag) => body.extend(self.inline(tag)),
                _ => {}
            }
        }
        body
    }

    fn inline(&mut self, tag: Tag<'t>) -> Option<Inline> {
        let body = self.line();
        Some(match tag {
            Tag::Emphasis => Inline::Emph { body },
            Tag::Strong => Inline::Strong { body },
            Tag::Strikethrough => Inline::Strike { body },
            Tag::Link { dest_url, .. } => link(&dest_url, body),
            Tag::Image { dest_url, .. } => self.image(&dest_url, &body)?,
            _ => return None,
        })
    }

    fn image(&mut self, url: &str, words: &[Inline]) -> Option<Inline> {
        let alt = plain(words);
        let mut refuse = |cause: String, remedy| {
            let words = format!("]({url}");
            self.text.refused.push(Unprintable {
                words,
                cause,
                remedy,
            });
            None
        };
        if is_external(url) {
            let cause = format!("the image {url} is elsewhere");
            return refuse(cause, "put a copy of it beside the chapter");
        }
        if alt.trim().is_empty() {
            let cause = format!("the image {url} has no words");
            return refuse(cause, "say between the brackets what it shows");
        }
        let path = match self.dir {
            "" => url.to_owned(),
            dir => format!("{dir}/{url}"),
        };
        Some(Inline::Image { path, alt })
    }

    fn inline_html(&mut self, html: &str, body: &mut Vec<Inline>) {
        if html.replace([' ', '/'], "").eq_ignore_ascii_case("<br>") {
            body.push(Inline::Break);
        } else {
            self.refuse_html(html);
        }
    }

    fn refuse_html(&mut self, html: &str) {
        if html.trim_start().starts_with("<!--") || html.trim().is_empty() {
            return;
        }
        let words = html.lines().next().unwrap_or_default().trim().to_owned();
        self.text.refused.push(Unprintable {
            cause: format!("the HTML {words} can't be printed"),
            words,
            remedy: "say it in Markdown",
        });
    }
}

fn is_inline(event: &Event) -> bool {
    match event {
        Event::Start(tag) => matches!(
            tag,
            Tag::Emphasis
                | Tag::Strong
                | Tag::Strikethrough
                | Tag::Link { .. }
                | Tag::Image { .. }
        ),
        Event::End(_) | Event::Html(_) | Event::Rule => false,
        _ => true,
    }
}

fn add_text(body: &mut Vec<Inline>, words: &str) {
    match body.last_mut() {
        Some(Inline::Text { text }) => text.push_str(words),
        _ => body.push(Inline::Text {
            text: words.to_owned(),
        }),
    }
}

fn alignment(align: Alignment) -> &'static str {
    match align {
        Alignment::Center => "center",
        Alignment::Right => "right",
        Alignment::Left | Alignment::None => "left",
    }
}

fn is_external(url: &str) -> bool {
    url.contains("://") || url.starts_with("mailto:")
}

fn link(url: &str, body: Vec<Inline>) -> Inline {
    if is_external(url) {
        let url = url.to_owned();
        return Inline::Link { url, body };
    }
    let (path, anchor) = url.split_once('#').unwrap_or((url, ""));
    let file = path.rsplit('/').next().unwrap_or_default();
    let chapter = file.trim_end_matches(".md").to_owned();
    let anchor = anchor.to_owned();
    if file == book::GLOSSARY && !anchor.is_empty() {
        return Inline::Term { id: anchor, body };
    }
    Inline::Xref {
        chapter,
        anchor,
        body,
    }
}

/// Calls `see` for each piece of a line in these blocks, in order.
pub fn each_inline(blocks: &[PaperBlock], see: &mut impl FnMut(&Inline)) {
    for block in blocks {
        match block {
            PaperBlock::Heading { body, .. } | PaperBlock::Para { body } => {
                each_piece(body, see);
            }
            PaperBlock::Quote { blocks } => each_inline(blocks, see),
            PaperBlock::List { items, .. } => {
                for item in items {
                    each_inline(item, see);
                }
            }
            PaperBlock::Table { head, rows, .. } => {
                let cells = rows.iter().flatten();
                for cell in head.iter().chain(cells) {
                    each_piece(cell, see);
                }
            }
            PaperBlock::Terms { items } => {
                for term in items {
                    each_piece(&term.title, see);
                    each_inline(&term.meaning, see);
                }
            }
            PaperBlock::Code { .. }
            | PaperBlock::Rule
            | PaperBlock::Listing { .. }
            | PaperBlock::Appendix { .. } => {}
        }
    }
}

fn each_piece(body: &[Inline], see: &mut impl FnMut(&Inline)) {
    for piece in body {
        see(piece);
        match piece {
            Inline::Emph { body }
            | Inline::Strong { body }
            | Inline::Strike { body }
            | Inline::Link { body, .. }
            | Inline::Xref { body, .. }
            | Inline::Term { body, .. } => each_piece(body, see),
            _ => {}
        }
    }
}

/// The words of a line, without their form.
#[must_use]
pub fn plain(body: &[Inline]) -> String {
    let words = body.iter().map(|piece| match piece {
        Inline::Text { text } | Inline::Code { text } => text.clone(),
        Inline::Emph { body }
        | Inline::Strong { body }
        | Inline::Strike { body }
        | Inline::Link { body, .. }
        | Inline::Xref { body, .. }
        | Inline::Term { body, .. } => plain(body),
        Inline::Break => " ".to_owned(),
        Inline::Image { .. } | Inline::Note { .. } | Inline::Tick { .. } => {
            String::new()
        }
    });
    words.collect()
}

fn slug(words: &str) -> String {
    book::slug(words)
}
