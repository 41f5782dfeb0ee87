//! Listings in a chapter, and the questions about them.

use super::Target;
use super::slot;
use super::words;
use crate::html;
use lessons::{Lesson, Library, Listing, Problem, Question};
use std::path::Path;

/// The listing `id` as the chapter in `file` shows it, whose text has those of
/// `shown`, in order.
pub fn listing(
    library: &Library,
    file: &Path,
    (id, shown): (&str, &[String]),
    target: Target,
) -> Result<String, Problem> {
    let (lesson, listing) = at_home(library, file, id)?;
    Ok(match target {
        Target::Page => {
            let questions = questions(library, lesson, listing)?;
            let above = html::folds::above(library, shown, listing);
            let mut out =
                html::listing::listing(lesson, listing, &questions, &above);
            if lesson.after(listing.way()).is_none() {
                out += "\n";
                out += &html::pair::pair(lesson);
            }
            out
        }
        Target::Print => slot::of("listing", id),
    })
}

/// Marks that a listing's run is predicted. The questions themselves are shown
/// within the listing, between the program and what it printed.
pub fn predict(
    library: &Library,
    file: &Path,
    id: &str,
) -> Result<String, Problem> {
    let (lesson, listing) = at_home(library, file, id)?;
    if lesson.questions_of(listing.way()).next().is_none() {
        return Problem::err(
            format!("{id} has nothing to predict"),
            format!("add a [[predict]] to {}", lesson.file.display()),
        );
    }
    Ok(String::new())
}

/// A listing of this chapter.
fn at_home<'a>(
    library: &'a Library,
    file: &Path,
    id: &str,
) -> Result<(&'a Lesson, &'a Listing), Problem> {
    let (lesson, listing) = library.find(id)?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    if stem != lesson.chapter {
        return Problem::err(
            format!("{id} belongs to the chapter {}", lesson.chapter),
            "show it there, or move the lesson's folder",
        );
    }
    Ok((lesson, listing))
}

/// The questions about a listing, the directives in their words replaced.
///
/// # Errors
/// If one of these directives is faulty.
pub fn questions(
    library: &Library,
    lesson: &Lesson,
    listing: &Listing,
) -> Result<Vec<Question>, Problem> {
    lesson
        .questions_of(listing.way())
        .map(|question| {
            Ok(Question {
                question: words(library, lesson, &question.question)?,
                why: words(library, lesson, &question.why)?,
                ..question.clone()
            })
        })
        .collect()
}
