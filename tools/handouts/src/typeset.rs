//! From data to a PDF, by Typst.

use crate::overfull::{self, Overfull};
use anyhow::{Result, bail};
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::OnceLock;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_kit::fonts::FontStore;
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

/// How a sheet looks.
const TEMPLATE: &str = include_str!("template.typ");

/// Some Chinese letters: `fonts/README.md` says how to get others.
const CHINESE: &[u8] = include_bytes!("../fonts/NotoSansCJKsc-some.otf");

/// The fonts that are built in: Typst's own, one for emoji, and one that has
/// the Chinese letters of listings.
pub fn fonts() -> &'static FontStore {
    static FONTS: OnceLock<FontStore> = OnceLock::new();
    FONTS.get_or_init(|| {
        let mut fonts = FontStore::new();
        fonts.extend(typst_kit::fonts::embedded());
        for more in [epaint_default_fonts::NOTO_EMOJI_REGULAR, CHINESE] {
            fonts.extend(Font::iter(Bytes::new(more)).map(|font| {
                let info = font.info().clone();
                (font, info)
            }));
        }
        fonts
    })
}

/// Whether a built-in font has this letter.
#[must_use]
pub fn has_glyph(letter: char) -> bool {
    static BOOK: OnceLock<Vec<usize>> = OnceLock::new();
    let book: &FontBook = fonts().book();
    let all = BOOK.get_or_init(|| {
        let count = (0..).take_while(|index| book.info(*index).is_some());
        count.collect()
    });
    letter.is_control()
        || all
            .iter()
            .filter_map(|index| book.info(*index))
            .any(|info| {
                info.coverage.contains(letter.into()) && !info.is_last_resort()
            })
}

/// A PDF, and what would stand outside of its margins.
#[derive(Debug)]
pub struct Typeset {
    /// The bytes of the file.
    pub pdf: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// What leaves the text area.
    pub overfull: Vec<Overfull>,
}

/// Sets `data`, a [document](crate::document::Document) as JSON, with the images
/// that it names, by their paths.
///
/// # Errors
/// What Typst finds wrong, with the line of the template.
pub fn typeset(
    data: Vec<u8>,
    images: BTreeMap<String, Vec<u8>>,
) -> Result<Typeset> {
    let desk = Desk::new(data, images);
    let compiled = typst::compile::<PagedDocument>(&desk);
    let document = match compiled.output {
        Ok(document) => document,
        Err(errors) => bail!("{}", desk.told(&errors)),
    };
    if !compiled.warnings.is_empty() {
        bail!("{}", desk.told(&compiled.warnings));
    }
    let options = PdfOptions {
        standards: accessible(),
        ..PdfOptions::default()
    };
    match typst_pdf::pdf(&document, &options) {
        Ok(pdf) => Ok(Typeset {
            pdf,
            pages: document.pages().len(),
            overfull: overfull::find(&document),
        }),
        Err(errors) => bail!("{}", desk.told(&errors)),
    }
}

/// PDF/UA-1, as far as Typst checks it.
fn accessible() -> PdfStandards {
    PdfStandards::new(&[PdfStandard::Ua_1]).expect("one standard alone")
}

/// All that Typst may read: the template, the data, the images.
struct Desk {
    library: LazyHash<Library>,
    main: Source,
    files: HashMap<FileId, Bytes>,
}

impl Desk {
    fn new(data: Vec<u8>, images: BTreeMap<String, Vec<u8>>) -> Self {
        let images = images.into_iter();
        let images = images.map(|(path, bytes)| (format!("src/{path}"), bytes));
        let data = ("sheet.json".to_owned(), data);
        let files = images.chain([data]);
        Self {
            library: LazyHash::new(Library::default()),
            main: Source::new(id("template.typ"), TEMPLATE.to_owned()),
            files: files
                .map(|(path, bytes)| (id(&path), Bytes::new(bytes)))
                .collect(),
        }
    }

    /// Errors or warnings in words, with their places in the template.
    fn told(&self, found: &[SourceDiagnostic]) -> String {
        let mut out = String::new();
        for one in found {
            let line = self.range(one.span).map_or(0, |range| {
                let lines = self.main.lines();
                lines.byte_to_line(range.start).unwrap_or_default() + 1
            });
            let file = "tools/handouts/src/template.typ";
            writeln!(out, "{file}:{line}: {}", one.message).expect("a String");
            for hint in &one.hints {
                writeln!(out, "    {}", hint.v).expect("a String");
            }
        }
        out.trim_end().to_owned()
    }
}

/// The name of a file on the desk. A path that climbs out of it is kept as the
/// name that it is.
fn id(path: &str) -> FileId {
    let path = VirtualPath::new(path)
        .or_else(|_| VirtualPath::new(path.replace("..", "up")))
        .expect("a relative path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        fonts().book()
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            return Ok(self.main.clone());
        }
        Err(FileError::NotSource)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let missing =
            || FileError::NotFound(id.get().vpath().get_without_slash().into());
        self.files.get(&id).cloned().ok_or_else(missing)
    }

    fn font(&self, index: usize) -> Option<Font> {
        fonts().font(index)
    }

    /// No sheet tells its date: the same input gives the same bytes.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
