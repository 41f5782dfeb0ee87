//! What is printed: which chapters, for whom, on which paper.

use crate::document::{Answer, Chapter, Document, Entry, PrintedListing};
use crate::markdown::{self, GlossaryTerm, Inline, PaperBlock};
use crate::pdf::Pdf;
use crate::schedule::{self, TimedPart};
use crate::typeset::{self, Typeset};
use crate::{glyphs, index};
use anyhow::{Context, Result, anyhow, bail};
use book::html::folds;
use book::{GLOSSARY, expand};
use clap::ValueEnum;
use lessons::{Fault, Faults, Library, Problem, line_of};
use mdbook_preprocessor::book::Chapter as Source;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What is printed on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Paper {
    /// 210 mm by 297 mm.
    #[default]
    A4,
    /// 8.5 in by 11 in.
    Letter,
}

impl Paper {
    /// Its name in Typst.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::Letter => "us-letter",
        }
    }
}

/// For whom a PDF is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Edition {
    /// Answers upside down at the end.
    Student,
    /// Answers in their places, timetables, claims and tests.
    Instructor,
}

/// What to print.
#[derive(Debug, Clone, Default)]
pub struct PrintOrder {
    /// How the names of the chapters begin; all, and the whole course, if
    /// there is none.
    pub chapters: Vec<String>,
    /// What is printed on.
    pub paper: Paper,
    /// For whom; if there is none, a chapter is for students, and the whole
    /// course for both.
    pub edition: Option<Edition>,
}

/// Prints what is ordered of the workbook at `root` into `out`, with a page of
/// links, and calls `done` for each PDF when it is written.
///
/// # Errors
/// [`Faults`] if the book is faulty or can't be printed; else what could not
/// be read or written.
pub fn print(
    root: &Path,
    order: &PrintOrder,
    out: &Path,
    done: impl Fn(&Pdf) + Sync,
) -> Result<Vec<Pdf>> {
    let course = Course::load(root)?;
    let jobs = course.jobs(order)?;
    let printed = course.typeset(&jobs, order.paper)?;
    fs::create_dir_all(out)
        .with_context(|| format!("can't make the folder {}", out.display()))?;
    let mut all = Vec::new();
    for (job, typeset) in jobs.iter().zip(printed) {
        write(&out.join(&job.file), &typeset.pdf)?;
        let one = job.printed(typeset.pages);
        done(&one);
        all.push(one);
    }
    // Those of earlier orders stay, and stay in the page of links.
    let every = course.every().into_iter();
    let there = every.filter(|job| out.join(&job.file).is_file());
    let links: Vec<Pdf> = there.map(|job| job.printed(0)).collect();
    let page = index::page(&course.title, &links);
    write(&out.join("index.html"), page.as_bytes())?;
    Ok(all)
}

fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(file, bytes)
        .with_context(|| format!("can't write {}", file.display()))
}

/// A PDF to make.
struct Job {
    file: String,
    title: String,
    edition: Edition,
    /// The stem of its chapter; none for the whole course.
    chapter: Option<String>,
}

impl Job {
    fn printed(&self, pages: usize) -> Pdf {
        Pdf {
            file: self.file.clone(),
            title: self.title.clone(),
            instructor: self.edition == Edition::Instructor,
            pages,
        }
    }
}

/// A chapter as it was written, and as data.
struct CoursePage {
    /// Its file, relative to the root.
    file: PathBuf,
    stem: String,
    number: Option<String>,
    name: String,
    text: markdown::Text,
}

/// The whole course as data.
struct Course {
    root: PathBuf,
    title: String,
    authors: Vec<String>,
    src: PathBuf,
    library: Library,
    pages: Vec<CoursePage>,
    terms: Vec<GlossaryTerm>,
}

impl Course {
    fn load(root: &Path) -> Result<Self> {
        let printed = book::for_print(root)?;
        let chapters = printed.book.chapters();
        let pages: Vec<CoursePage> = chapters
            .filter_map(|chapter| page(&printed.src, chapter))
            .collect();
        let course = Self {
            root: root.to_path_buf(),
            title: printed.title,
            authors: printed.authors,
            src: printed.src,
            library: printed.library,
            terms: terms(&pages),
            pages,
        };
        Faults::check(course.faults())?;
        Ok(course)
    }

    /// What can't be printed, with its place in the chapter as it was written.
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        for page in &self.pages {
            for refused in &page.text.refused {
                let text = self.read(&page.file);
                let at = text.find(&refused.words);
                let line = at.map_or(0, |at| line_of(&text, at));
                let (cause, remedy) = (&refused.cause, refused.remedy);
                faults.push(Fault::new(&page.file, line, cause, remedy));
            }
        }
        let files = self.pages.iter().flat_map(|page| self.files(page));
        for file in files.collect::<BTreeSet<PathBuf>>() {
            faults.extend(glyphs::missing(&self.read(&file), &file));
        }
        faults
    }

    fn read(&self, file: &Path) -> String {
        fs::read_to_string(self.root.join(file)).unwrap_or_default()
    }

    /// All files whose words stand in this chapter.
    fn files(&self, page: &CoursePage) -> Vec<PathBuf> {
        let mut files = vec![page.file.clone()];
        for lesson in &self.library.lessons {
            if lesson.chapter != page.stem {
                continue;
            }
            files.push(lesson.file.clone());
            for listing in &lesson.listings {
                files.push(listing.path());
                files.push(listing.transcript_path());
                files.push(listing.diagnostics_path());
            }
        }
        files
    }

    /// The PDFs of an order.
    fn jobs(&self, order: &PrintOrder) -> Result<Vec<Job>> {
        if !order.chapters.is_empty() {
            let chosen = self.chosen(order)?.into_iter();
            let edition = order.edition.unwrap_or(Edition::Student);
            return Ok(chosen.map(|page| sheet(page, edition)).collect());
        }
        let is_ordered = |job: &Job| match (job.edition, order.edition) {
            // With the whole course, an instructor has all of them.
            (Edition::Instructor, _) if job.chapter.is_some() => false,
            (edition, ordered) => ordered.is_none_or(|one| one == edition),
        };
        Ok(self.every().into_iter().filter(is_ordered).collect())
    }

    /// Every PDF that can be ordered.
    fn every(&self) -> Vec<Job> {
        let sheets = |edition| {
            let numbered = self.pages.iter().filter(|p| p.number.is_some());
            numbered.map(move |page| sheet(page, edition))
        };
        sheets(Edition::Student)
            .chain([whole(Edition::Student), whole(Edition::Instructor)])
            .chain(sheets(Edition::Instructor))
            .collect()
    }

    /// The chapters of an order: those with a number.
    fn chosen(&self, order: &PrintOrder) -> Result<Vec<&CoursePage>> {
        let numbered: Vec<&CoursePage> =
            self.pages.iter().filter(|p| p.number.is_some()).collect();
        for name in &order.chapters {
            if !numbered.iter().any(|page| page.stem.starts_with(name)) {
                let stems: Vec<&str> =
                    numbered.iter().map(|page| &*page.stem).collect();
                bail!(
                    "there is no chapter \"{name}\": there are {}",
                    stems.join(", ")
                );
            }
        }
        let is_named = |page: &&CoursePage| {
            let mut names = order.chapters.iter();
            order.chapters.is_empty()
                || names.any(|name| page.stem.starts_with(name))
        };
        Ok(numbered.into_iter().filter(is_named).collect())
    }

    /// Sets all of these, as many at once as there are cores.
    fn typeset(&self, jobs: &[Job], paper: Paper) -> Result<Vec<Typeset>> {
        let sets = jobs.par_iter().map(|job| self.typeset_one(job, paper));
        let sets: Vec<Result<Typeset>> = sets.collect();
        let mut all = Vec::new();
        let mut faults = Vec::new();
        for set in sets {
            match set.map_err(anyhow::Error::downcast::<Faults>) {
                Ok(set) => all.push(set),
                Err(Ok(found)) => faults.extend(found.0),
                Err(Err(other)) => return Err(other),
            }
        }
        Faults::check(faults)?;
        Ok(all)
    }

    fn typeset_one(&self, job: &Job, paper: Paper) -> Result<Typeset> {
        let pages: Vec<&CoursePage> = self
            .pages
            .iter()
            .filter(|page| match &job.chapter {
                Some(stem) => page.stem == *stem,
                None => true,
            })
            .collect();
        let document = self.document(job, paper, &pages)?;
        let images = self.images(&document)?;
        let data = serde_json::to_vec(&document)?;
        let set = typeset::typeset(data, images)
            .with_context(|| format!("{} can't be set", job.file))?;
        let out = set.overfull.iter().map(|out| self.outside(out, &pages));
        Faults::check(out.collect())?;
        Ok(set)
    }

    /// The fault of something that leaves the text area.
    fn outside(
        &self,
        out: &crate::overfull::Overfull,
        pages: &[&CoursePage],
    ) -> Fault {
        let files = pages.iter().flat_map(|page| self.files(page));
        let words = out.words.trim();
        let found =
            files
                .clone()
                .filter(|_| !words.is_empty())
                .find_map(|file| {
                    let text = self.read(&file);
                    let at = text.find(words)?;
                    Some((file, line_of(&text, at)))
                });
        let (file, line) = found
            .or_else(|| Some((files.clone().next()?, 0)))
            .unwrap_or_default();
        let what = match words {
            "" => "something drawn".to_owned(),
            words => format!("\"{words}\""),
        };
        let how = match &out.on {
            Some(on) => format!("stands on \"{}\"", on.trim()),
            None => "leaves the margins".to_owned(),
        };
        Fault::new(
            file,
            line,
            format!("{what} {how}, on page {} of the PDF", out.page),
            "make it narrower: split a table, break a long word",
        )
    }

    fn document(
        &self,
        job: &Job,
        paper: Paper,
        pages: &[&CoursePage],
    ) -> Result<Document> {
        let instructor = job.edition == Edition::Instructor;
        let whole = job.chapter.is_none();
        let mut chapters = Vec::new();
        for page in pages {
            // Beside each listing the instructor has what they hold.
            if !page.is_appendix() {
                chapters.push(self.chapter(page, instructor, whole)?);
            }
        }
        let parts = timed(&chapters);
        let mut courses = Vec::new();
        let mut lessons = Vec::new();
        if instructor && whole {
            courses = schedule::courses(&parts);
            lessons.extend(self.entries(&chapters));
        }
        Ok(Document {
            title: match (&job.chapter, pages) {
                (Some(_), [page]) => page.titled(),
                _ => self.title.clone(),
            },
            book: self.title.clone(),
            authors: self.authors.clone(),
            paper: paper.name(),
            instructor,
            whole,
            chapters,
            courses,
            lessons,
        })
    }

    /// Each lesson, in the order in which these chapters show them.
    fn entries(&self, chapters: &[Chapter]) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut seen = BTreeSet::new();
        for chapter in chapters {
            let number = chapter.number.as_deref().unwrap_or_default();
            for block in &chapter.blocks {
                let PaperBlock::Listing { id } = block else {
                    continue;
                };
                let name = id.split('/').next().unwrap_or_default();
                if let Some(lesson) = self.library.lesson(name)
                    && seen.insert(name.to_owned())
                {
                    entries.push(Entry::new(number, lesson));
                }
            }
        }
        entries
    }

    fn chapter(
        &self,
        page: &CoursePage,
        instructor: bool,
        whole: bool,
    ) -> Result<Chapter> {
        let mut chapter = Chapter {
            stem: page.stem.clone(),
            number: page.number.clone(),
            title: vec![Inline::Text {
                text: page.name.clone(),
            }],
            plain_title: page.name.clone(),
            minutes: self.minutes(&page.stem),
            blocks: page.text.blocks.clone(),
            notes: page.text.notes.clone(),
            ..Chapter::default()
        };
        if let Some(PaperBlock::Heading { level: 1, body, .. }) =
            chapter.blocks.first()
        {
            chapter.title.clone_from(body);
            chapter.blocks.remove(0);
        }
        if page.number.is_some() {
            chapter.goals = goals(&chapter.blocks);
        }
        if !whole {
            chapter.terms = used(&chapter.blocks, &self.terms);
        }
        let ids = page.text.blocks.iter().filter_map(|block| match block {
            PaperBlock::Listing { id } => Some(id.clone()),
            _ => None,
        });
        let ids: Vec<String> = ids.collect();
        for id in &ids {
            self.add_listing(&mut chapter, (id, &ids), instructor)?;
        }
        Ok(chapter)
    }

    fn add_listing(
        &self,
        chapter: &mut Chapter,
        (id, shown): (&str, &[String]),
        instructor: bool,
    ) -> Result<()> {
        let found = self.library.find(id);
        let (lesson, listing) =
            found.map_err(|problem| anyhow!("{}", problem.cause))?;
        let refused =
            |problem: Problem| Faults(vec![problem.at(&lesson.file, 0)]);
        let asked = expand::questions(&self.library, lesson, listing)
            .map_err(refused)?;
        let first = chapter.answers.len() + 1;
        let above = folds::above(&self.library, shown, listing);
        let mut program =
            PrintedListing::new(lesson, listing, &above, (&asked, first));
        chapter
            .answers
            .extend(program.questions.iter().map(|asked| Answer {
                number: asked.number,
                answer: asked.choices[asked.right].clone(),
                why: asked.why.clone(),
            }));
        if instructor {
            program = program
                .with_guide(&self.library, lesson, listing)
                .map_err(refused)?;
        }
        chapter.listings.insert(id.to_owned(), program);
        Ok(())
    }

    fn minutes(&self, stem: &str) -> u32 {
        let lessons = self.library.lessons.iter();
        let mine = lessons.filter(|lesson| lesson.chapter == stem);
        mine.map(|lesson| u32::from(lesson.metadata.minutes)).sum()
    }

    /// The images of a document by their paths in the source folder.
    fn images(&self, document: &Document) -> Result<BTreeMap<String, Vec<u8>>> {
        let mut paths = BTreeSet::new();
        for chapter in &document.chapters {
            markdown::each_inline(&chapter.blocks, &mut |piece| {
                if let Inline::Image { path, .. } = piece {
                    paths.insert(path.clone());
                }
            });
        }
        let read = |path: String| {
            let file = self.src.join(&path);
            let bytes = fs::read(self.root.join(&file))
                .with_context(|| format!("can't read {}", file.display()))?;
            Ok((path, bytes))
        };
        paths.into_iter().map(read).collect()
    }
}

impl CoursePage {
    /// Whether it is made of tables of claims or cells.
    fn is_appendix(&self) -> bool {
        let mut blocks = self.text.blocks.iter();
        blocks.any(|block| matches!(block, PaperBlock::Appendix { .. }))
    }

    /// Its title with its number.
    fn titled(&self) -> String {
        match &self.number {
            Some(number) => format!("{number} {}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The chapters that a class needs time for.
fn timed(chapters: &[Chapter]) -> Vec<TimedPart> {
    let timed = chapters.iter().filter(|chapter| chapter.minutes > 0);
    timed
        .map(|chapter| TimedPart {
            title: titled(chapter),
            minutes: chapter.minutes,
        })
        .collect()
}

fn titled(chapter: &Chapter) -> String {
    match &chapter.number {
        Some(number) => format!("{number} {}", chapter.plain_title),
        None => chapter.plain_title.clone(),
    }
}

/// A chapter as data; none for a draft.
fn page(src: &Path, chapter: &Source) -> Option<CoursePage> {
    let path = chapter.source_path.clone()?;
    let dir = path.parent().unwrap_or(Path::new(""));
    let dir = dir.to_string_lossy().replace('\\', "/");
    let number = chapter.number.as_ref();
    Some(CoursePage {
        file: src.join(&path),
        stem: path.file_stem()?.to_string_lossy().into_owned(),
        number: number.map(|n| n.to_string().trim_end_matches('.').to_owned()),
        name: chapter.name.clone(),
        text: markdown::parse(&chapter.content, &dir),
    })
}

fn sheet(page: &CoursePage, edition: Edition) -> Job {
    let (suffix, title) = match edition {
        Edition::Student => ("", page.titled()),
        Edition::Instructor => {
            ("-instructor", format!("{}, with answers", page.titled()))
        }
    };
    Job {
        file: format!("{}{suffix}.pdf", page.stem),
        title,
        edition,
        chapter: Some(page.stem.clone()),
    }
}

/// The whole course as one PDF.
fn whole(edition: Edition) -> Job {
    let (file, title) = match edition {
        Edition::Student => ("course.pdf", "The whole course"),
        Edition::Instructor => ("instructor.pdf", "The instructor's copy"),
    };
    Job {
        file: file.to_owned(),
        title: title.to_owned(),
        edition,
        chapter: None,
    }
}

/// The entries of the glossary.
fn terms(pages: &[CoursePage]) -> Vec<GlossaryTerm> {
    let is_glossary = |page: &&CoursePage| page.file.ends_with(GLOSSARY);
    let blocks = pages.iter().find(is_glossary);
    let blocks = blocks.map_or(&[][..], |page| &page.text.blocks);
    let lists = blocks.iter().filter_map(|block| match block {
        PaperBlock::Terms { items } => Some(items.clone()),
        _ => None,
    });
    lists.flatten().collect()
}

/// The entries that these blocks link to.
fn used(blocks: &[PaperBlock], terms: &[GlossaryTerm]) -> Vec<GlossaryTerm> {
    let mut ids = BTreeSet::new();
    markdown::each_inline(blocks, &mut |piece| {
        if let Inline::Term { id, .. } = piece {
            ids.insert(id.clone());
        }
    });
    let used = terms.iter().filter(|term| ids.contains(&term.id));
    used.cloned().collect()
}

/// The questions that a chapter answers: its headings that ask one.
fn goals(blocks: &[PaperBlock]) -> Vec<Vec<Inline>> {
    let questions = blocks.iter().filter_map(|block| match block {
        PaperBlock::Heading { level: 2, body, .. }
            if markdown::plain(body).ends_with('?') =>
        {
            Some(body.clone())
        }
        _ => None,
    });
    questions.collect()
}
