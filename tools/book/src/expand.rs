//! From a chapter with directives to the chapter a renderer gets.

mod excerpt;
mod listing;
pub mod slot;

pub use listing::questions;

use crate::appendix;
use crate::directive::{self, Directive};
use crate::figure;
use crate::html;
use crate::seal;
use lessons::{Fault, Lesson, Library, ListingId, Problem, line_of};
use std::collections::BTreeMap;
use std::path::Path;

/// For whom a chapter is expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A reader.
    Page,
    /// Paper. Listings are set from the library, not from HTML: each has a
    /// [slot] in the chapter.
    Print,
}

/// A chapter without its directives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expanded {
    /// The chapter, its directives replaced. A faulty one is left as it was.
    pub text: String,
    /// What is wrong with them.
    pub faults: Vec<Fault>,
    /// The listings it shows, in order.
    pub shown: Vec<ListingId>,
    /// The listings whose run it asks about.
    pub asked: Vec<ListingId>,
}

/// What the chapters of a book are expanded from.
#[derive(Debug, Clone, Copy)]
pub struct Expander<'b> {
    /// All lessons.
    pub library: &'b Library,
    /// The titles of the chapters, with their numbers, by their stems.
    pub titles: &'b BTreeMap<String, String>,
    /// For whom.
    pub target: Target,
}

impl Expander<'_> {
    /// Replaces the directives of `text`, the chapter in `file` (relative to
    /// the root of the workbook).
    #[must_use]
    pub fn expand(self, file: &Path, text: &str) -> Expanded {
        let mut out = Expanded::default();
        let replaced = |directive: &Directive| {
            let new = self.replaced(file, text, directive)?;
            if let Ok((_, listing)) = self.library.find(&directive.arguments) {
                match directive.name.as_str() {
                    "listing" => out.shown.push(listing.id.clone()),
                    "predict" => out.asked.push(listing.id.clone()),
                    _ => {}
                }
            }
            Ok(new)
        };
        (out.text, out.faults) = replace(file, text, replaced);
        out
    }

    fn replaced(
        self,
        file: &Path,
        text: &str,
        directive: &Directive,
    ) -> Result<String, Problem> {
        let (library, target) = (self.library, self.target);
        if let Some(figure) = figure::replaced(library, directive) {
            return figure;
        }
        let (id, words) = directive.split();
        match directive.name.as_str() {
            "listing" => {
                alone(text, directive)?;
                let ids = (directive.arguments.as_str(), &shown(text)[..]);
                listing::listing(library, file, ids, target)
            }
            "excerpt" => {
                alone(text, directive)?;
                excerpt::excerpt(library, id, words, target)
            }
            "predict" => {
                alone(text, directive)?;
                listing::predict(library, file, &directive.arguments)
            }
            "claims" | "cells" if target == Target::Print => {
                Ok(slot::of(&directive.name, ""))
            }
            "hook" => {
                alone(text, directive).and_then(|()| self.hook(id, words))
            }
            seal::OPEN => Ok(seal::opening(&directive.arguments)),
            seal::CLOSE => Ok("\n\n</div>".to_owned()),
            "claims" => Ok(appendix::claims(library, self.titles)),
            "cells" => Ok(appendix::cells(library)),
            name => unknown(name),
        }
    }
}

impl Expander<'_> {
    /// The race of a lesson's ways; on paper its figures are in the text.
    fn hook(self, name: &str, function: &str) -> Result<String, Problem> {
        let Some(lesson) = self.library.lesson(name) else {
            return Problem::err(
                format!("there is no lesson `{name}`"),
                "write {{#hook LESSON FUNCTION}}",
            );
        };
        if self.target == Target::Print {
            return Ok(String::new());
        }
        let mut chapters = self.titles.keys();
        let first = chapters.find(|stem| stem.starts_with("ch"));
        let start = format!("{}.html", first.map_or("", |stem| stem));
        html::hook::hook(lesson, function, &start).ok_or_else(|| {
            Problem::new(
                format!("{name} can't be raced by `{function}`"),
                "its ways must be recorded and have a function of that name",
            )
        })
    }
}

/// The ids of the listings that a chapter shows, in order.
#[must_use]
pub fn shown(text: &str) -> Vec<String> {
    directive::find(text)
        .into_iter()
        .filter(|it| it.name == "listing")
        .map(|it| it.arguments)
        .collect()
}

/// The words of a lesson.toml, the directives in them replaced by their
/// figures.
///
/// # Errors
/// If one of these directives is faulty.
pub fn words(
    library: &Library,
    lesson: &Lesson,
    text: &str,
) -> Result<String, Problem> {
    let figure = |directive: &Directive| {
        figure::replaced(library, directive)
            .unwrap_or_else(|| unknown(&directive.name))
    };
    let (text, faults) = replace(&lesson.file, text, figure);
    match faults.into_iter().next() {
        None => Ok(text),
        Some(Fault { problem, .. }) => Problem::err(
            format!("{}: {}", lesson.file.display(), problem.cause),
            problem.remedy,
        ),
    }
}

/// `text` with its directives replaced, and the faults of those that can't be.
fn replace(
    file: &Path,
    text: &str,
    mut replaced: impl FnMut(&Directive) -> Result<String, Problem>,
) -> (String, Vec<Fault>) {
    let (mut out, mut faults) = (String::new(), Vec::new());
    let mut end = 0;
    for directive in directive::find(text) {
        out += &text[end..directive.span.start];
        end = directive.span.end;
        match replaced(&directive) {
            Ok(new) => out += &new,
            Err(problem) => {
                out += &text[directive.span.clone()];
                let line = line_of(text, directive.span.start);
                faults.push(problem.at(file, line));
            }
        }
    }
    out += &text[end..];
    (out, faults)
}

fn unknown(name: &str) -> Result<String, Problem> {
    Problem::err(
        format!("there is no directive `{{{{#{name}}}}}`"),
        "there are listing, predict, excerpt, took, speedup, span, at, count, \
         number, hook, claims and cells; text that looks like one gets a backslash \
         before it",
    )
}

/// A block directive is on a line of its own.
fn alone(text: &str, directive: &Directive) -> Result<(), Problem> {
    let before = text[..directive.span.start].rsplit('\n').next();
    let after = text[directive.span.end..].split('\n').next();
    let blank = |part: Option<&str>| part.is_none_or(|p| p.trim().is_empty());
    if before.is_none_or(str::is_empty) && blank(after) {
        return Ok(());
    }
    Problem::err(
        format!("`{{{{#{}}}}}` is not on a line of its own", directive.name),
        "put it at the start of a line, with nothing behind it",
    )
}
