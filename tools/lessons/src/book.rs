//! The book: its preprocessor, and mdBook run in this process.

use crate::bundle;
use crate::expand::{self, Expanded, Target};
use crate::fault::{Fault, Faults};
use crate::glossary::{self, Term};
use crate::library::Library;
use crate::{links, prose};
use anyhow::{Context, Result};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use mdbook_preprocessor::book::{Book, BookItem, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use mdbook_renderer::{RenderContext, Renderer};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The renderer for which chapters hold whole programs and nothing else.
const SKEPTIC: &str = "skeptic";

/// The renderer for which listings are slots, to be set on paper.
const PRINT: &str = "handouts";

/// What may stand in the book's source folder: mdBook copies all of it.
const AT_HOME: [&str; 5] = ["md", "png", "svg", "jpg", "webp"];

/// mdBook's preprocessor of this workbook.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lessons;

impl Preprocessor for Lessons {
    fn name(&self) -> &'static str {
        "lessons"
    }

    fn run(&self, ctx: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let (mut library, mut faults) = Library::load(&ctx.root)?;
        library.titles = titles(&book);
        let target = match ctx.renderer.as_str() {
            SKEPTIC => Target::Skeptic,
            PRINT => Target::Print,
            _ => Target::Page,
        };
        let src = &ctx.config.book.src;
        let terms = terms(&book);
        let mut pages = Vec::new();
        book.for_each_chapter_mut(|chapter| {
            pages.extend(page(&library, src, &terms, chapter, target));
        });
        if target != Target::Skeptic {
            faults.extend(check(&ctx.root, src, &library, pages)?);
            Faults::check(faults)?;
        }
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

/// A chapter before and after its expansion.
struct Page {
    /// Its path in the source folder.
    path: PathBuf,
    /// Its path from the root.
    file: PathBuf,
    /// As it was written.
    text: String,
    expanded: Expanded,
}

/// The chapter that defines the terms of the book.
pub const GLOSSARY: &str = "glossary.md";

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
    library: &Library,
    src: &Path,
    terms: &[Term],
    chapter: &mut Chapter,
    target: Target,
) -> Option<Page> {
    let path = chapter.source_path.clone()?;
    let file = src.join(&path);
    let text = &chapter.content;
    let up = "../".repeat(path.components().count() - 1);
    let glossary = format!("{up}{GLOSSARY}");
    // The glossary's own words lead nowhere.
    let glossary =
        (path != Path::new(GLOSSARY)).then_some((terms, glossary.as_str()));
    let expanded = match target {
        Target::Skeptic => expand::expand(library, &file, text, target),
        Target::Page => expand::for_page(library, &file, text, glossary),
        Target::Print => expand::for_print(library, &file, text, glossary),
    };
    let text = std::mem::replace(&mut chapter.content, expanded.text.clone());
    Some(Page {
        path,
        file,
        text,
        expanded,
    })
}

fn check(
    root: &Path,
    src: &Path,
    library: &Library,
    pages: Vec<Page>,
) -> Result<Vec<Fault>> {
    let mut faults = foreign_files(root, src, &pages)?;
    let ids: BTreeMap<PathBuf, BTreeSet<String>> = pages
        .iter()
        .map(|page| (page.path.clone(), ids(library, &page.expanded)))
        .collect();
    let exists = |path: &Path| root.join(src).join(path).is_file();
    for page in &pages {
        faults.extend(prose::typed_figures(&page.text, &page.file));
        let (text, file, path) = (&page.text, &page.file, &page.path);
        faults.extend(links::dead_links(text, file, path, &ids, exists));
    }
    let shown: Vec<&String> =
        pages.iter().flat_map(|page| &page.expanded.shown).collect();
    for listing in library.listings() {
        let id = listing.id();
        let times = shown.iter().filter(|shown| ***shown == id).count();
        if times != 1 {
            let cause = match times {
                0 => "no chapter shows the listing".to_owned(),
                n => format!("the listing is shown {n} times"),
            };
            let remedy = format!(
                "write {{{{#listing {id}}}}} once, in {}/{}.md",
                src.display(),
                listing.chapter
            );
            faults.push(Fault::new(&listing.path, 0, cause, remedy));
        }
    }
    let asked: BTreeSet<&String> =
        pages.iter().flat_map(|page| &page.expanded.asked).collect();
    for listing in library.listings() {
        let id = listing.id();
        if !listing.questions.is_empty() && !asked.contains(&id) {
            faults.push(Fault::new(
                listing.dir().join("lesson.toml"),
                0,
                format!("no chapter asks what is predicted of {id}"),
                format!(
                    "write {{{{#predict {id}}}}} above the listing, in {}/{}.md",
                    src.display(),
                    listing.chapter
                ),
            ));
        }
    }
    faults.extend(pages.into_iter().flat_map(|page| page.expanded.faults));
    Ok(faults)
}

/// The ids of a chapter's page; those of its listings too where it has slots
/// for them.
fn ids(library: &Library, chapter: &Expanded) -> BTreeSet<String> {
    let mut ids = links::ids(&chapter.text);
    for listing in library.listings() {
        if chapter.shown.contains(&listing.id()) {
            ids.insert(listing.bin());
            ids.insert(format!("{}-pair", listing.lesson));
        }
    }
    ids
}

/// Files in the source folder that are no part of the book.
fn foreign_files(
    root: &Path,
    src: &Path,
    pages: &[Page],
) -> Result<Vec<Fault>> {
    let chapters: BTreeSet<PathBuf> =
        pages.iter().map(|page| page.file.clone()).collect();
    let mut faults = Vec::new();
    for file in files(&root.join(src))? {
        let file = file.strip_prefix(root).unwrap_or(&file).to_path_buf();
        let kind = file.extension().unwrap_or_default().to_string_lossy();
        if !AT_HOME.contains(&kind.as_ref()) {
            faults.push(Fault::new(
                &file,
                0,
                "a foreign file: mdBook would copy it into the book",
                "only Markdown and images belong here; move it elsewhere",
            ));
        } else if kind == "md"
            && !chapters.contains(&file)
            && file != src.join("SUMMARY.md")
        {
            faults.push(Fault::new(
                &file,
                0,
                "the summary does not list this chapter",
                "add it to SUMMARY.md, or delete it",
            ));
        }
    }
    Ok(faults)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(dir)
        .with_context(|| format!("can't read {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn load(
    root: &Path,
    change: impl FnOnce(&mut Config) -> Result<()>,
) -> Result<MDBook> {
    let file = root.join("book.toml");
    let mut config = Config::from_disk(&file)
        .with_context(|| format!("can't read {}", file.display()))?;
    change(&mut config)?;
    let mut book = MDBook::load_with_config(root, config)?;
    book.with_preprocessor(Lessons);
    Ok(book)
}

/// Builds the workbook at `root` into `out`.
///
/// With `live_reload`, its pages load anew when that path of their own host
/// sends «reload» by WebSocket.
///
/// # Errors
/// [`Faults`] if the book is faulty; else what mdBook reports.
pub fn build(root: &Path, out: &Path, live_reload: Option<&str>) -> Result<()> {
    render(root, out, live_reload)?;
    bundle::bundle(out)
}

/// As [`build`], but with every style sheet and script by itself: what
/// `mdbook build` makes.
///
/// # Errors
/// As [`build`].
pub fn render(
    root: &Path,
    out: &Path,
    live_reload: Option<&str>,
) -> Result<()> {
    let out = std::path::absolute(out)?;
    let book = load(root, |config| {
        config.build.build_dir.clone_from(&out);
        if let Some(path) = live_reload {
            config.set("output.html.live-reload-endpoint", path)?;
        }
        Ok(())
    })?;
    book.build()
}

/// The chapters of the workbook at `root` as skeptic gets them: whole programs
/// only. Each with its file name, in the order of the book.
///
/// # Errors
/// If book.toml or a chapter can't be read.
pub fn for_skeptic(root: &Path) -> Result<Vec<(String, String)>> {
    let book = load(root, |_| Ok(()))?;
    let (book, _) = book.preprocess_book(&NameOnly(SKEPTIC))?;
    Ok(book
        .iter()
        .filter_map(|item| match item {
            BookItem::Chapter(chapter) => {
                let path = chapter.source_path.as_ref()?;
                let name = path.to_string_lossy().replace(['/', '\\'], "_");
                Some((name, chapter.content.clone()))
            }
            _ => None,
        })
        .collect())
}

/// The book of the workbook at `root` as it is printed: figures in place of
/// their directives, [slots](expand::slot) in place of listings.
///
/// # Errors
/// [`Faults`] if the book is faulty; else what mdBook reports.
pub fn for_print(root: &Path) -> Result<Printed> {
    let book = load(root, |_| Ok(()))?;
    let src = book.config.book.src.clone();
    let title = book.config.book.title.clone().unwrap_or_default();
    let authors = book.config.book.authors.clone();
    let (book, _) = book.preprocess_book(&NameOnly(PRINT))?;
    let (mut library, _) = Library::load(root)?;
    library.titles = titles(&book);
    Ok(Printed {
        title,
        authors,
        src,
        book,
        library,
    })
}

/// A book to print.
#[derive(Debug)]
pub struct Printed {
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

/// The folder of the workbook: as named, or found from the current folder
/// upwards, or where this program was built.
///
/// # Errors
/// If there is none.
pub fn root(named: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(dir) = named {
        let found = dir.join("book.toml").is_file();
        return found.then_some(dir.clone()).with_context(|| {
            format!(
                "{} has no book.toml: name the workbook's folder",
                dir.display()
            )
        });
    }
    let here = std::env::current_dir().context("there is no current folder")?;
    root_above(&here)
        .or_else(|| root_above(env!("CARGO_MANIFEST_DIR").as_ref()))
        .context(
            "this is not the workbook's folder: change into it, or name it \
             with --root DIR",
        )
}

/// The folder with book.toml and listings/ at or above `from`.
#[must_use]
pub fn root_above(from: &Path) -> Option<PathBuf> {
    from.ancestors()
        .find(|dir| {
            dir.join("book.toml").is_file() && dir.join("listings").is_dir()
        })
        .map(Path::to_path_buf)
}
