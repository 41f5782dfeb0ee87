//! Reading lessons from disk, each into a finished value.

use crate::claim::{self, Claim};
use crate::items::items;
use crate::lesson::{Lesson, Module};
use crate::library::{Library, SupportCrate};
use crate::listing::Listing;
use crate::metadata::{About, Metadata};
use crate::problem::{Fault, Problem};
use crate::question;
use crate::source::Source;
use crate::timeline::Timeline;
use crate::transcript::Transcript;
use crate::way::{Kind, ListingId, Way};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

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
                let mut reader = LessonReader::new(root, &chapter, &name);
                lessons.extend(reader.lesson());
                faults.extend(reader.faults);
            }
        }
        faults.extend(twins(&lessons));
        let support = support(root)?;
        Ok((Self { lessons, support }, faults))
    }
}

const SUPPORT: &str = "support";

/// The crates that lessons share.
fn support(root: &Path) -> io::Result<Vec<SupportCrate>> {
    let names = folders(&root.join("listings").join(SUPPORT))?;
    let read = |name: String| SupportCrate {
        modules: LessonReader::new(root, SUPPORT, &name).modules(),
        name,
    };
    Ok(names.into_iter().map(read).collect())
}

impl Lesson {
    /// Reads the one lesson of this name, and no other, below `root/listings`.
    /// What is wrong with it is no error here: the build of the book tells that.
    ///
    /// # Errors
    /// Only if a folder can't be listed.
    pub fn load(root: &Path, name: &str) -> io::Result<Option<Self>> {
        for chapter in folders(&root.join("listings"))? {
            let names = folders(&root.join("listings").join(&chapter))?;
            // The name is compared, never made a path of.
            if names.iter().any(|known| known == name) {
                return Ok(LessonReader::new(root, &chapter, name).lesson());
            }
        }
        Ok(None)
    }
}

/// Lessons that have the name of one before them.
fn twins(lessons: &[Lesson]) -> Vec<Fault> {
    let twin = |(index, lesson): (usize, &Lesson)| {
        let mut before = lessons[..index].iter();
        let twin = before.find(|other| other.name == lesson.name)?;
        Some(Fault::new(
            &lesson.file,
            0,
            format!("{} has a lesson `{}` too", twin.chapter, lesson.name),
            "give one of them another name",
        ))
    };
    lessons.iter().enumerate().filter_map(twin).collect()
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

/// Reads one lesson, and gathers what is wrong with it.
struct LessonReader<'r> {
    root: &'r Path,
    chapter: &'r str,
    name: &'r str,
    /// The lesson's folder, relative to the root.
    dir: PathBuf,
    faults: Vec<Fault>,
}

impl<'r> LessonReader<'r> {
    fn new(root: &'r Path, chapter: &'r str, name: &'r str) -> Self {
        Self {
            root,
            chapter,
            name,
            dir: Path::new("listings").join(chapter).join(name),
            faults: Vec::new(),
        }
    }

    fn read(&self, file: &Path) -> Option<String> {
        fs::read_to_string(self.root.join(file)).ok()
    }

    fn fault(&mut self, file: &Path, cause: impl Into<String>, remedy: &str) {
        self.faults.push(Fault::new(file, 0, cause, remedy));
    }

    /// What there is to do about a record that is missing or stale.
    fn record(&self) -> String {
        format!("run `cargo run -- record {}`", self.name)
    }

    /// `None` where the folder is a support crate, or is too faulty.
    fn lesson(&mut self) -> Option<Lesson> {
        if self.chapter == SUPPORT {
            return None;
        }
        let file = self.dir.join("lesson.toml");
        let metadata = self.metadata(&file)?;
        let modules = self.modules();
        let shared: String = modules
            .iter()
            .flat_map(|module| [module.source.fingerprint(), "\n".to_owned()])
            .collect();
        let listings = self.listings(&file, &metadata, &shared);
        self.check_bins(&listings);
        if listings.is_empty() {
            let cause = "the lesson has no listing";
            self.fault(&file, cause, "add [right_way] at least");
        }
        let (questions, faults) =
            question::questions(&metadata, &listings, &file);
        self.faults.extend(faults);
        Some(Lesson {
            name: self.name.to_owned(),
            chapter: self.chapter.to_owned(),
            file,
            metadata,
            listings,
            questions,
            modules,
        })
    }

    fn metadata(&mut self, file: &Path) -> Option<Metadata> {
        let Some(text) = self.read(file) else {
            let remedy = "copy one from listings/ch01-two-kitchens/breakfast";
            self.fault(file, "the file is missing", remedy);
            return None;
        };
        match Metadata::parse(&text, file) {
            Ok((metadata, faults)) => {
                self.faults.extend(faults);
                Some(metadata)
            }
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        }
    }

    /// The Rust files beside the listings of a lesson, sorted.
    fn modules(&self) -> Vec<Module> {
        let src = self.dir.join("src");
        let entries = fs::read_dir(self.root.join(&src)).into_iter().flatten();
        let mut modules: Vec<Module> = entries
            .filter_map(|entry| {
                let path = src.join(entry.ok()?.file_name());
                let name = path.file_stem()?.to_string_lossy().into_owned();
                let is_rust = path.extension().is_some_and(|kind| kind == "rs");
                if !is_rust || Way::from_stem(&name).is_some() {
                    return None;
                }
                let source = Source::new(&self.read(&path)?);
                Some(Module { name, path, source })
            })
            .collect();
        modules.sort_by(|a, b| a.name.cmp(&b.name));
        modules
    }

    fn listings(
        &mut self,
        file: &Path,
        metadata: &Metadata,
        shared: &str,
    ) -> Vec<Listing> {
        let mut listings = Vec::new();
        for way in Way::ALL {
            let stem = way.stem();
            let path = self.dir.join(format!("src/{stem}.rs"));
            match (metadata.about(way), self.read(&path)) {
                (Some(about), Some(text)) => {
                    let source = Source::new(&text);
                    let metadata = (metadata, file);
                    listings.push(
                        self.listing(way, about, source, shared, metadata),
                    );
                }
                (Some(_), None) => self.fault(
                    file,
                    format!("[{stem}] has no {}", path.display()),
                    "write the listing or take the table out",
                ),
                (None, Some(_)) => self.fault(
                    &path,
                    format!("lesson.toml has no table [{stem}]"),
                    "add it",
                ),
                (None, None) => {}
            }
        }
        listings
    }

    fn listing(
        &mut self,
        way: Way,
        about: &About,
        source: Source,
        shared: &str,
        (metadata, file): (&Metadata, &Path),
    ) -> Listing {
        let compiles = about.kind != Some(Kind::CompileError);
        let path = self.dir.join(format!("src/{}.rs", way.stem()));
        let (claims, main_says) = self.claims(&source, about, &path);
        let diagnostics = self.diagnostics(about, &path);
        let recorded = self.dir.join(format!("transcripts/{}.txt", way.stem()));
        let program = source.fingerprint_with(shared);
        let transcript = compiles
            .then(|| self.transcript(&recorded, &program))
            .flatten();
        let timeline = transcript.as_ref().and_then(|run| {
            Timeline::of(metadata, way, run, (file, &recorded))
                .map_err(|faults| self.faults.extend(faults))
                .ok()
        });
        Listing {
            id: ListingId {
                lesson: self.name.to_owned(),
                way,
            },
            chapter: self.chapter.to_owned(),
            about: about.clone(),
            items: items(&source.program()),
            source,
            shared: shared.to_owned(),
            claims,
            main_says,
            transcript,
            diagnostics,
            timeline,
        }
    }

    /// What its tests and its `main` assert.
    fn claims(
        &mut self,
        source: &Source,
        about: &About,
        path: &Path,
    ) -> (Vec<Claim>, Option<String>) {
        let text = source.text();
        let read = claim::claims(text)
            .and_then(|claims| Ok((claims, claim::asserted_by_main(text)?)));
        let (claims, main_says) = match read {
            Ok(read) => read,
            // Code that is not even Rust may be what the lesson is about.
            Err(_) if about.kind == Some(Kind::CompileError) => {
                (Vec::new(), None)
            }
            Err(error) => {
                self.faults.push(Fault::new(
                    path,
                    error.line,
                    error.to_string(),
                    "put the syntax right",
                ));
                (Vec::new(), None)
            }
        };
        let held = !claims.is_empty()
            || main_says.is_some()
            || about.kind.is_some_and(|kind| {
                matches!(kind, Kind::CompileError | Kind::Panic | Kind::Hang)
            });
        if !held {
            self.fault(
                path,
                "the listing asserts nothing",
                "end `main` with an assertion on its run, or add a test",
            );
        }
        (claims, main_says)
    }

    /// What rustc says, where the lesson shows that.
    fn diagnostics(&mut self, about: &About, path: &Path) -> Option<String> {
        if about.error.is_none() && about.warns.is_none() {
            return None;
        }
        let path = path.with_extension("stderr");
        let text = self.read(&path);
        if text.is_none() {
            let cause = "what rustc says is not recorded";
            self.fault(&path, cause, &self.record());
        }
        text.map(|text| text.trim_end().to_owned())
    }

    /// The recorded run of `program`, a fingerprint.
    fn transcript(&mut self, path: &Path, program: &str) -> Option<Transcript> {
        let remedy = self.record();
        let Some(text) = self.read(path) else {
            self.fault(path, "the transcript is missing", &remedy);
            return None;
        };
        match Transcript::parse(&text) {
            Ok(run) => {
                if run.program != program {
                    let cause =
                        "the transcript is stale: it is of another program";
                    self.fault(path, cause, &remedy);
                }
                Some(run)
            }
            Err((line, cause)) => {
                self.faults.push(Problem::new(cause, remedy).at(path, line));
                None
            }
        }
    }

    /// Every listing is a binary of the right name.
    fn check_bins(&mut self, listings: &[Listing]) {
        let file = self.dir.join("Cargo.toml");
        let text = self.read(&file).unwrap_or_default();
        for listing in listings {
            let bin = listing.bin();
            if !text.contains(&format!("name = \"{bin}\"")) {
                let stem = listing.way().stem();
                let remedy = format!("add it with path = \"src/{stem}.rs\"");
                self.fault(
                    &file,
                    format!("there is no [[bin]] `{bin}`"),
                    &remedy,
                );
            }
        }
    }
}
