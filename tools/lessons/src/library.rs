//! All lessons of a workbook, and how they are found by name.

use crate::lesson::{Lesson, Module};
use crate::listing::Listing;
use crate::problem::Problem;
use crate::way::Way;

/// All lessons of a workbook, in order of chapter and name.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// The lessons.
    pub lessons: Vec<Lesson>,
    /// What they share, by name.
    pub support: Vec<SupportCrate>,
}

/// A crate below `listings/support`, which lessons use.
#[derive(Debug, Clone)]
pub struct SupportCrate {
    /// The name of its folder and package.
    pub name: String,
    /// Its files, by name.
    pub modules: Vec<Module>,
}

impl Library {
    /// The lesson of this name.
    #[must_use]
    pub fn lesson(&self, name: &str) -> Option<&Lesson> {
        self.lessons.iter().find(|lesson| lesson.name == name)
    }

    /// The file of a library that `id` names, as in `summary/budget` of a
    /// lesson or `llm-client/sse` of a support crate, with the name of its
    /// package.
    #[must_use]
    pub fn module<'i>(&self, id: &'i str) -> Option<(&'i str, &Module)> {
        let (name, stem) = id.split_once('/')?;
        let of_lesson = self.lesson(name).map(|it| it.modules.as_slice());
        let shared = self.support.iter().find(|it| it.name == name);
        let modules = of_lesson.or(shared.map(|it| it.modules.as_slice()))?;
        let module = modules.iter().find(|module| module.name == stem)?;
        Some((name, module))
    }

    /// All listings, in order.
    pub fn listings(&self) -> impl Iterator<Item = &Listing> {
        self.lessons.iter().flat_map(|lesson| &lesson.listings)
    }

    /// The lesson of this name.
    ///
    /// # Errors
    /// If there is none, with the names of those that there are.
    pub fn find_lesson(&self, name: &str) -> Result<&Lesson, Problem> {
        self.lesson(name).ok_or_else(|| {
            let names = self.lessons.iter().map(|it| it.name.as_str());
            let mut names: Vec<&str> = names.collect();
            names.sort_unstable();
            Problem::new(
                format!("there is no lesson `{name}`"),
                format!("there are: {}", names.join(", ")),
            )
        })
    }

    /// The listing that `id` names, as in `breakfast/wrong_way`, with its
    /// lesson.
    ///
    /// # Errors
    /// If there is none, with what there is.
    pub fn find(&self, id: &str) -> Result<(&Lesson, &Listing), Problem> {
        let Some((name, stem)) = id.split_once('/') else {
            return Problem::err(
                format!("\"{id}\" names no listing"),
                "write lesson/way, as in breakfast/wrong_way",
            );
        };
        let lesson = self.find_lesson(name)?;
        let listing = Way::from_stem(stem).and_then(|way| lesson.listing(way));
        let Some(listing) = listing else {
            let all = lesson.listings.iter().map(|it| it.way().stem());
            let all: Vec<&str> = all.collect();
            return Problem::err(
                format!("the lesson `{name}` has no `{stem}`"),
                format!("it has: {}", all.join(", ")),
            );
        };
        Ok((lesson, listing))
    }

    /// The lessons of these names, or all if there are none.
    ///
    /// # Errors
    /// If a name is no lesson's, with the names of those that there are.
    pub fn named(&self, names: &[String]) -> Result<Vec<&Lesson>, Problem> {
        if names.is_empty() {
            return Ok(self.lessons.iter().collect());
        }
        names.iter().map(|name| self.find_lesson(name)).collect()
    }
}
