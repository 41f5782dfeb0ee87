//! All lessons of a workbook, read from disk.

use crate::claim::{self, Claim};
use crate::fault::{Fault, line_of};
use crate::lesson::{About, Kind, Metadata, Way};
use crate::predict::{self, Question};
use crate::prose;
use crate::source::Source;
use crate::timeline::Timeline;
use crate::transcript::Transcript;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One whole runnable program of a lesson.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The lesson's name.
    pub lesson: String,
    /// The stem of its chapter: `ch01-two-kitchens`.
    pub chapter: String,
    /// Which listing of the lesson.
    pub way: Way,
    /// Its file, relative to the root.
    pub path: PathBuf,
    /// What lesson.toml says of it.
    pub about: About,
    /// Its text.
    pub source: Source,
    /// The fingerprints of its lesson's library, a line each.
    pub shared: String,
    /// What its tests assert.
    pub claims: Vec<Claim>,
    /// What its `main` asserts.
    pub main_says: Option<String>,
    /// The record of a run; none for code that does not compile.
    pub transcript: Option<Transcript>,
    /// What rustc says of it, where the lesson shows that.
    pub diagnostics: Option<String>,
    /// The timeline of the recorded run.
    pub timeline: Option<Timeline>,
    /// The questions that are asked about it.
    pub questions: Vec<Question>,
}

impl Listing {
    /// The name of its binary: `breakfast-wrong-way`.
    #[must_use]
    pub fn bin(&self) -> String {
        format!("{}-{}", self.lesson, self.way.dashed())
    }

    /// As directives name it: `breakfast/wrong_way`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.lesson, self.way.stem())
    }

    /// As a Rust identifier, for the test that replays it.
    #[must_use]
    pub fn ident(&self) -> String {
        self.id().replace(['/', '-'], "_")
    }

    /// A short hash of the program and of its lesson's library: what a
    /// transcript is a record of.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        if self.shared.is_empty() {
            return self.source.fingerprint();
        }
        let whole = format!("{}\n{}", self.source.program(), self.shared);
        Source::new(&whole).fingerprint()
    }

    /// Whether it is a program that can be built.
    #[must_use]
    pub fn compiles(&self) -> bool {
        self.about.kind != Some(Kind::CompileError)
    }

    /// Whether it should panic.
    #[must_use]
    pub fn panics(&self) -> bool {
        self.about.kind == Some(Kind::Panic)
    }

    /// What a reader types to run it, or to see the compiler refuse it.
    #[must_use]
    pub fn command(&self) -> String {
        let bin = self.bin();
        if self.compiles() {
            return format!("cargo run --bin {bin}");
        }
        let package = &self.lesson;
        format!("cargo check -p {package} --features compile-error --bin {bin}")
    }

    /// The file of its transcript, relative to the root.
    #[must_use]
    pub fn transcript_path(&self) -> PathBuf {
        let name = format!("transcripts/{}.txt", self.way.stem());
        self.dir().join(name)
    }

    /// The file of what rustc says, relative to the root.
    #[must_use]
    pub fn diagnostics_path(&self) -> PathBuf {
        self.path.with_extension("stderr")
    }

    /// The folder of its lesson, relative to the root.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        Path::new("listings").join(&self.chapter).join(&self.lesson)
    }

    /// How long its recorded run took, in seconds.
    #[must_use]
    pub fn took(&self) -> Option<f64> {
        self.transcript.as_ref().map(|run| run.took)
    }
}

/// A file of a lesson's library, which its listings share.
#[derive(Debug, Clone)]
pub struct Module {
    /// Its name: `budget` of `src/budget.rs`.
    pub name: String,
    /// Its file, relative to the root.
    pub path: PathBuf,
    /// Its text.
    pub source: Source,
}

/// Everything about one idea: a crate below `listings/`.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The name of its package.
    pub name: String,
    /// The stem of its chapter.
    pub chapter: String,
    /// Its lesson.toml, relative to the root.
    pub file: PathBuf,
    /// What that says.
    pub metadata: Metadata,
    /// Its listings, wrong way first.
    pub listings: Vec<Listing>,
    /// The files of its library, by name; none for most lessons.
    pub modules: Vec<Module>,
}

impl Lesson {
    /// The module of this name.
    #[must_use]
    pub fn module(&self, name: &str) -> Option<&Module> {
        self.modules.iter().find(|module| module.name == name)
    }

    /// The listing of this way.
    #[must_use]
    pub fn listing(&self, way: Way) -> Option<&Listing> {
        self.listings.iter().find(|listing| listing.way == way)
    }

    /// The listing that `way` is compared with: the one before it.
    #[must_use]
    pub fn before(&self, way: Way) -> Option<&Listing> {
        self.listings.iter().rfind(|listing| listing.way < way)
    }

    /// The listing after `way`, which is compared with it.
    #[must_use]
    pub fn after(&self, way: Way) -> Option<&Listing> {
        self.listings.iter().find(|listing| listing.way > way)
    }

    /// The longest recorded run, in seconds: the scale of its timelines.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.listings
            .iter()
            .filter_map(Listing::took)
            .fold(0.0, f64::max)
    }
}

/// All lessons of a workbook.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// The folder with book.toml.
    pub root: PathBuf,
    /// In order of chapter and name.
    pub lessons: Vec<Lesson>,
    /// The titles of the chapters by their stems, as far as they are known.
    pub titles: BTreeMap<String, String>,
}

impl Library {
    /// Reads `root/listings`. What is wrong with a lesson is a fault, and the
    /// rest is read all the same.
    ///
    /// # Errors
    /// Only if a folder can't be listed.
    pub fn load(root: &Path) -> io::Result<(Self, Vec<Fault>)> {
        let mut lessons: Vec<Lesson> = Vec::new();
        let mut faults = Vec::new();
        for chapter in folders(&root.join("listings"))? {
            for name in folders(&root.join("listings").join(&chapter))? {
                let lesson = lesson(root, &chapter, &name, &mut faults);
                lessons.extend(lesson);
            }
        }
        for (index, lesson) in lessons.iter().enumerate() {
            let twin = lessons[..index].iter().find(|l| l.name == lesson.name);
            if let Some(twin) = twin {
                faults.push(Fault::new(
                    &lesson.file,
                    0,
                    format!(
                        "{} has a lesson `{}` too",
                        twin.chapter, lesson.name
                    ),
                    "give one of them another name",
                ));
            }
        }
        Ok((
            Self {
                root: root.to_path_buf(),
                lessons,
                titles: BTreeMap::new(),
            },
            faults,
        ))
    }

    /// Reads the one lesson of this name, and no other. What is wrong with it
    /// is no error here: the build of the book tells that.
    ///
    /// # Errors
    /// Only if a folder can't be listed.
    pub fn read_lesson(root: &Path, name: &str) -> io::Result<Option<Lesson>> {
        for chapter in folders(&root.join("listings"))? {
            let names = folders(&root.join("listings").join(&chapter))?;
            // The name is compared, never made a path of.
            if names.iter().any(|known| known == name) {
                return Ok(lesson(root, &chapter, name, &mut Vec::new()));
            }
        }
        Ok(None)
    }

    /// The lesson of this name.
    #[must_use]
    pub fn lesson(&self, name: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.name == name)
    }

    /// The title of the chapter with this stem, or else the stem.
    #[must_use]
    pub fn title<'a>(&'a self, chapter: &'a str) -> &'a str {
        self.titles.get(chapter).map_or(chapter, String::as_str)
    }

    /// All listings, in order.
    pub fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.lessons.iter().flat_map(|lesson| &lesson.listings)
    }
}

/// The names of the folders in `dir`, sorted; none if it does not exist.
fn folders(dir: &Path) -> io::Result<Vec<String>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let hidden = name.starts_with('.') || name == "target";
        if entry.path().is_dir() && !hidden {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// One lesson; `None` where the folder is a support crate, or is too faulty.
fn lesson(
    root: &Path,
    chapter: &str,
    name: &str,
    faults: &mut Vec<Fault>,
) -> Option<Lesson> {
    if chapter == "support" {
        return None;
    }
    let dir = Path::new("listings").join(chapter).join(name);
    let file = dir.join("lesson.toml");
    let Ok(text) = fs::read_to_string(root.join(&file)) else {
        faults.push(Fault::new(
            &file,
            0,
            "the file is missing",
            "copy one from listings/ch01-two-kitchens/breakfast",
        ));
        return None;
    };
    let metadata = match Metadata::parse(&text, &file) {
        Ok(metadata) => metadata,
        Err(found) => {
            faults.extend(found);
            return None;
        }
    };
    let mut listings = Vec::new();
    let modules = modules(root, &dir);
    let shared: String = modules
        .iter()
        .flat_map(|module| [module.source.fingerprint(), "\n".to_owned()])
        .collect();
    for way in Way::ALL {
        let path = dir.join("src").join(format!("{}.rs", way.stem()));
        let source = fs::read_to_string(root.join(&path)).ok();
        match (metadata.about(way), source) {
            (Some(about), Some(source)) => {
                let mut listing = Listing {
                    lesson: name.to_owned(),
                    chapter: chapter.to_owned(),
                    way,
                    path,
                    about: about.clone(),
                    source: Source::new(&source),
                    shared: shared.clone(),
                    claims: Vec::new(),
                    main_says: None,
                    transcript: None,
                    diagnostics: None,
                    timeline: None,
                    questions: Vec::new(),
                };
                read_claims(&mut listing, faults);
                read_records(root, &mut listing, faults);
                read_timeline(&mut listing, &metadata, (&text, &file), faults);
                listings.push(listing);
            }
            (Some(_), None) => faults.push(Fault::new(
                &file,
                0,
                format!("[{}] has no {}", way.stem(), path.display()),
                "write the listing or take the table out",
            )),
            (None, Some(_)) => faults.push(Fault::new(
                &path,
                0,
                format!("lesson.toml has no table [{}]", way.stem()),
                "add it",
            )),
            (None, None) => {}
        }
    }
    check_bins(root, &dir, &listings, faults);
    if listings.is_empty() {
        let cause = "the lesson has no listing";
        faults.push(Fault::new(&file, 0, cause, "add [right_way] at least"));
    }
    let mut lesson = Lesson {
        name: name.to_owned(),
        chapter: chapter.to_owned(),
        file,
        metadata,
        listings,
        modules,
    };
    read_questions(&mut lesson, &text, faults);
    Some(lesson)
}

/// The Rust files beside the listings of a lesson, sorted.
fn modules(root: &Path, dir: &Path) -> Vec<Module> {
    let src = dir.join("src");
    let entries = fs::read_dir(root.join(&src)).into_iter().flatten();
    let mut modules: Vec<Module> = entries
        .filter_map(|entry| {
            let path = src.join(entry.ok()?.file_name());
            let name = path.file_stem()?.to_string_lossy().into_owned();
            let is_rust = path.extension().is_some_and(|kind| kind == "rs");
            if !is_rust || Way::from_stem(&name).is_some() {
                return None;
            }
            let text = fs::read_to_string(root.join(&path)).ok()?;
            let source = Source::new(&text);
            Some(Module { name, path, source })
        })
        .collect();
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    modules
}

/// Reads what is asked about each listing, and holds the words of lesson.toml
/// to the rules of prose.
fn read_questions(lesson: &mut Lesson, text: &str, faults: &mut Vec<Fault>) {
    let metadata = &lesson.metadata;
    let asked = metadata.predictions.iter();
    let asked = asked.flat_map(|asked| [&asked.question, &asked.why]);
    let told = [&metadata.mistake, &metadata.ask].into_iter().flatten();
    for words in asked.chain(told) {
        let line = line_of(text, words.span().start);
        let typed = prose::typed_figures(words.get_ref(), &lesson.file);
        faults.extend(typed.into_iter().map(|mut fault| {
            fault.line += line - 1;
            fault
        }));
    }
    let asked: Vec<_> = lesson
        .listings
        .iter()
        .map(|listing| predict::questions(lesson, listing, text))
        .collect();
    for (listing, asked) in lesson.listings.iter_mut().zip(asked) {
        match asked {
            Ok(questions) => listing.questions = questions,
            Err(found) => faults.extend(found),
        }
    }
}

fn read_claims(listing: &mut Listing, faults: &mut Vec<Fault>) {
    let text = listing.source.text();
    let read = claim::claims(text)
        .and_then(|claims| Ok((claims, claim::asserted_by_main(text)?)));
    match read {
        Ok((claims, main_says)) => {
            listing.claims = claims;
            listing.main_says = main_says;
        }
        // Code that is not even Rust may be what the lesson is about.
        Err(_) if !listing.compiles() => {}
        Err(error) => faults.push(Fault::new(
            &listing.path,
            error.line,
            error.to_string(),
            "mend the syntax",
        )),
    }
    let held = !listing.claims.is_empty()
        || listing.main_says.is_some()
        || listing.about.kind.is_some_and(|kind| {
            matches!(kind, Kind::CompileError | Kind::Panic | Kind::Hang)
        });
    if !held {
        faults.push(Fault::new(
            &listing.path,
            0,
            "the listing asserts nothing",
            "end `main` with an assertion on its run, or add a test",
        ));
    }
}

fn read_records(root: &Path, listing: &mut Listing, faults: &mut Vec<Fault>) {
    let remedy = format!("run `cargo run -- record {}`", listing.lesson);
    let mut missing = |path: &Path, what: &str| {
        faults.push(Fault::new(path, 0, what.to_owned(), remedy.clone()));
    };
    if listing.about.error.is_some() || listing.about.warns.is_some() {
        let path = listing.diagnostics_path();
        match fs::read_to_string(root.join(&path)) {
            Ok(text) => listing.diagnostics = Some(text.trim_end().to_owned()),
            Err(_) => missing(&path, "what rustc says is not recorded"),
        }
    }
    if !listing.compiles() {
        return;
    }
    let path = listing.transcript_path();
    let Ok(text) = fs::read_to_string(root.join(&path)) else {
        missing(&path, "the transcript is missing");
        return;
    };
    match Transcript::parse(&text) {
        Ok(run) => {
            if run.program != listing.fingerprint() {
                let what = "the transcript is stale: it is of another program";
                missing(&path, what);
            }
            listing.transcript = Some(run);
        }
        Err(bad) => {
            faults.push(Fault::new(&path, bad.line, bad.cause, remedy));
        }
    }
}

fn read_timeline(
    listing: &mut Listing,
    metadata: &Metadata,
    (text, file): (&str, &Path),
    faults: &mut Vec<Fault>,
) {
    let Some(run) = &listing.transcript else {
        return;
    };
    match Timeline::of(metadata, listing.way, run) {
        Ok(timeline) => listing.timeline = Some(timeline),
        Err(unmatched) => {
            faults.extend(unmatched.into_iter().map(|missing| {
                let line = line_of(text, missing.span.start);
                let remedy = format!(
                    "use words of {}, or name the `ways` that have it",
                    listing.transcript_path().display()
                );
                Fault::new(file, line, missing.cause, remedy)
            }));
        }
    }
}

/// Every listing is a binary of the right name.
fn check_bins(
    root: &Path,
    dir: &Path,
    listings: &[Listing],
    faults: &mut Vec<Fault>,
) {
    let file = dir.join("Cargo.toml");
    let text = fs::read_to_string(root.join(&file)).unwrap_or_default();
    for listing in listings {
        let bin = listing.bin();
        if !text.contains(&format!("name = \"{bin}\"")) {
            faults.push(Fault::new(
                &file,
                0,
                format!("there is no [[bin]] `{bin}`"),
                format!("add it with path = \"src/{}.rs\"", listing.way.stem()),
            ));
        }
    }
}
