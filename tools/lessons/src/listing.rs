//! Listings: the programs of a lesson, with all that is recorded of them.

use crate::claim::Claim;
use crate::items::Item;
use crate::metadata::About;
use crate::source::Source;
use crate::timeline::Timeline;
use crate::transcript::Transcript;
use crate::way::{Kind, ListingId, Way};
use std::path::{Path, PathBuf};

/// One whole runnable program of a lesson.
#[derive(Debug, Clone)]
pub struct Listing {
    /// Its name in directives.
    pub id: ListingId,
    /// The stem of its chapter: `ch01-two-kitchens`.
    pub chapter: String,
    /// What lesson.toml says of it.
    pub about: About,
    /// Its text.
    pub source: Source,
    /// The items of its program; none if it can't be parsed.
    pub items: Vec<Item>,
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
}

impl Listing {
    /// The name of its lesson, which is that of its package.
    #[must_use]
    pub fn lesson(&self) -> &str {
        &self.id.lesson
    }

    /// Which listing of its lesson it is.
    #[must_use]
    pub fn way(&self) -> Way {
        self.id.way
    }

    /// The name of its binary: `breakfast-wrong-way`.
    #[must_use]
    pub fn bin(&self) -> String {
        self.id.bin()
    }

    /// A short hash of the program and of its lesson's library: what a
    /// transcript is a record of.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.source.fingerprint_with(&self.shared)
    }

    /// Whether it is a program that can be built.
    #[must_use]
    pub fn compiles(&self) -> bool {
        self.about.kind != Some(Kind::CompileError)
    }

    /// What a reader types to run it, or to see the compiler refuse it.
    #[must_use]
    pub fn command(&self) -> String {
        let bin = self.bin();
        if self.compiles() {
            return format!("cargo run --bin {bin}");
        }
        let package = self.lesson();
        format!("cargo check -p {package} --features compile-error --bin {bin}")
    }

    /// Its file, relative to the root.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.dir()
            .join("src")
            .join(format!("{}.rs", self.way().stem()))
    }

    /// The file of its transcript, relative to the root.
    #[must_use]
    pub fn transcript_path(&self) -> PathBuf {
        let name = format!("transcripts/{}.txt", self.way().stem());
        self.dir().join(name)
    }

    /// The file of what rustc says, relative to the root.
    #[must_use]
    pub fn diagnostics_path(&self) -> PathBuf {
        self.path().with_extension("stderr")
    }

    /// The folder of its lesson, relative to the root.
    #[must_use]
    pub fn dir(&self) -> PathBuf {
        Path::new("listings")
            .join(&self.chapter)
            .join(self.lesson())
    }

    /// How long its recorded run took, in seconds.
    #[must_use]
    pub fn took(&self) -> Option<f64> {
        self.transcript.as_ref().map(|run| run.took)
    }
}
