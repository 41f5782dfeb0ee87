//! Lessons: everything about one idea, a crate below `listings/`.

use crate::listing::Listing;
use crate::metadata::Metadata;
use crate::question::Question;
use crate::source::Source;
use crate::way::Way;
use std::path::PathBuf;

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

/// Everything about one idea.
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
    /// What it asks about their runs, in order.
    pub questions: Vec<Question>,
    /// The files of its library, by name; none for most lessons.
    pub modules: Vec<Module>,
}

impl Lesson {
    /// The listing of this way.
    #[must_use]
    pub fn listing(&self, way: Way) -> Option<&Listing> {
        self.listings.iter().find(|listing| listing.way() == way)
    }

    /// The questions about the run of this way.
    pub fn questions_of(&self, way: Way) -> impl Iterator<Item = &Question> {
        self.questions.iter().filter(move |asked| asked.of == way)
    }

    /// The listing that `way` is compared with: the one before it.
    #[must_use]
    pub fn before(&self, way: Way) -> Option<&Listing> {
        self.listings.iter().rfind(|listing| listing.way() < way)
    }

    /// The listing after `way`, which is compared with it.
    #[must_use]
    pub fn after(&self, way: Way) -> Option<&Listing> {
        self.listings.iter().find(|listing| listing.way() > way)
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
