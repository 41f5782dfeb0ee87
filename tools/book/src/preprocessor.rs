//! mdBook's preprocessor of this workbook.

use crate::chapter;
use crate::checks::{self, ChapterPage};
use crate::expand::{Expander, Target};
use crate::glossary::{self, Term};
use anyhow::Result;
use lessons::{Faults, Library};
use mdbook_preprocessor::book::{Book, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use std::collections::BTreeMap;
use std::path::Path;

/// The renderer for which listings are slots, to be set on paper.
pub const PRINT: &str = "handouts";

/// The chapter that defines the terms of the book.
pub const GLOSSARY: &str = "glossary.md";

/// Turns the directives of each chapter into what they stand for, and checks
/// the whole book.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lessons;

impl Preprocessor for Lessons {
    fn name(&self) -> &'static str {
        "lessons"
    }

    fn run(&self, ctx: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let (library, mut faults) = Library::load(&ctx.root)?;
        let expander = Expander {
            library: &library,
            titles: &titles(&book),
            target: match ctx.renderer.as_str() {
                PRINT => Target::Print,
                _ => Target::Page,
            },
        };
        let src = &ctx.config.book.src;
        let terms = terms(&book);
        let mut pages = Vec::new();
        book.for_each_chapter_mut(|chapter| {
            pages.extend(page(expander, src, &terms, chapter));
        });
        faults.extend(checks::faults(&ctx.root, src, &library, &pages)?);
        Faults::check(faults)?;
        Ok(book)
    }
}

/// The titles of the chapters, with their numbers, by their stems.
fn titles(book: &Book) -> BTreeMap<String, String> {
    book.chapters()
        .filter_map(|chapter| {
            let stem = chapter.source_path.as_ref()?.file_stem()?;
            let number = chapter.number.as_ref();
            let number = number.map(|n| format!("{n} ")).unwrap_or_default();
            let title = format!("{number}{}", chapter.name);
            Some((stem.to_string_lossy().into_owned(), title))
        })
        .collect()
}

/// The terms of the glossary; none for a book without one.
fn terms(book: &Book) -> Vec<Term> {
    let is_glossary = |chapter: &&Chapter| {
        chapter.source_path.as_deref() == Some(Path::new(GLOSSARY))
    };
    let chapter = book.chapters().find(is_glossary);
    chapter.map_or_else(Vec::new, |page| glossary::terms(&page.content))
}

/// Expands a chapter in place; `None` for a draft.
fn page(
    expand: Expander,
    src: &Path,
    terms: &[Term],
    chapter: &mut Chapter,
) -> Option<ChapterPage> {
    let path = chapter.source_path.clone()?;
    let file = src.join(&path);
    let text = &chapter.content;
    let up = "../".repeat(path.components().count() - 1);
    let glossary = format!("{up}{GLOSSARY}");
    let is_glossary = path == Path::new(GLOSSARY);
    // The glossary's own words lead nowhere.
    let terms = (!is_glossary).then_some((terms, glossary.as_str()));
    let expanded = match expand.target {
        Target::Page => chapter::for_page(expand, &file, text, terms),
        Target::Print => chapter::for_print(expand, &file, text, terms),
    };
    let text = std::mem::replace(&mut chapter.content, expanded.text.clone());
    Some(ChapterPage {
        path,
        file,
        text,
        expanded,
        is_glossary,
    })
}
