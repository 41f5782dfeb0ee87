//! The book, built by mdBook in this process: as a site, and for print.

use crate::bundle;
use crate::preprocessor::{Lessons, PRINT};
use crate::search::{self, Page};
use anyhow::{Context, Result};
use lessons::{Fault, Faults, Library};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::{Book, Chapter};
use mdbook_renderer::{RenderContext, Renderer};
use std::path::{Path, PathBuf};

fn load(
    root: &Path,
    change: impl FnOnce(&mut Config) -> Result<()>,
) -> Result<MDBook> {
    let file = root.join("book.toml");
    let mut config = Config::from_disk(&file)
        .with_context(|| format!("can't read {}", file.display()))?;
    // The book has a search of its own, see `search`.
    config.set("output.html.search.enable", false)?;
    change(&mut config)?;
    let mut book = MDBook::load_with_config(root, config)?;
    book.with_preprocessor(Lessons);
    Ok(book)
}

/// Builds the workbook at `root` into `out`.
///
/// # Errors
/// [`Faults`] if the book is faulty; else what mdBook reports.
pub fn build(root: &Path, out: &Path) -> Result<()> {
    let pages = rendered(root, out)?;
    let index = search::script(out, &pages)?;
    bundle::bundle(out, &index)
}

/// As [`build`], but with every style sheet and script by itself: what
/// `mdbook build` makes.
///
/// # Errors
/// As [`build`].
pub fn render(root: &Path, out: &Path) -> Result<()> {
    rendered(root, out).map(drop)
}

/// Renders the book, and tells its pages.
fn rendered(root: &Path, out: &Path) -> Result<Vec<Page>> {
    let out = std::path::absolute(out)?;
    let book = load(root, |config| {
        config.build.build_dir.clone_from(&out);
        Ok(())
    })?;
    book.build()?;
    // These are in no section of their own: what they list is in the chapters.
    let is_list = |page: &Page| {
        ["claims.html", "cells.html"].contains(&page.path.as_str())
    };
    let pages = book.book.chapters().filter_map(page);
    Ok(pages.filter(|page| !is_list(page)).collect())
}

/// A chapter as a page; `None` for a draft.
fn page(chapter: &Chapter) -> Option<Page> {
    let path = chapter.path.as_ref()?.with_extension("html");
    let number = chapter.number.as_ref().map(|it| format!("{it} "));
    Some(Page {
        path: path.to_string_lossy().into_owned(),
        title: format!("{}{}", number.unwrap_or_default(), chapter.name),
    })
}

/// All that is wrong with the workbook at `root`; nothing is built.
///
/// # Errors
/// What mdBook reports, if it can't read the book.
pub fn check(root: &Path) -> Result<Vec<Fault>> {
    let book = load(root, |_| Ok(()))?;
    match book.preprocess_book(&NameOnly("html")) {
        Ok(_) => Ok(Vec::new()),
        Err(error) => error.downcast::<Faults>().map(|faults| faults.0),
    }
}

/// The book of the workbook at `root` as it is printed: figures in place of
/// their directives, [slots](crate::expand::slot) in place of listings.
///
/// # Errors
/// [`Faults`] if the book is faulty; else what mdBook reports.
pub fn for_print(root: &Path) -> Result<PrintedBook> {
    let book = load(root, |_| Ok(()))?;
    let src = book.config.book.src.clone();
    let title = book.config.book.title.clone().unwrap_or_default();
    let authors = book.config.book.authors.clone();
    let (book, _) = book.preprocess_book(&NameOnly(PRINT))?;
    let (library, _) = Library::load(root)?;
    Ok(PrintedBook {
        title,
        authors,
        src,
        book,
        library,
    })
}

/// A book to print.
#[derive(Debug)]
pub struct PrintedBook {
    /// Its title.
    pub title: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// The folder of its chapters, relative to the root.
    pub src: PathBuf,
    /// Its chapters, expanded.
    pub book: Book,
    /// Its lessons.
    pub library: Library,
}

/// A renderer by name only.
struct NameOnly(&'static str);

impl Renderer for NameOnly {
    fn name(&self) -> &str {
        self.0
    }

    fn render(&self, _: &RenderContext) -> Result<()> {
        Ok(())
    }
}
