//! Directives that stand for a figure: they give words for a sentence.

use crate::directive::Directive;
use lessons::{Figure, Library, Problem, Value, Way, format, query};

/// The names of these directives.
pub const NAMES: [&str; 6] =
    ["took", "span", "at", "count", "number", "speedup"];

/// What replaces a directive that stands for a figure; `None` for one that
/// does not.
#[must_use]
pub fn replaced(
    library: &Library,
    directive: &Directive,
) -> Option<Result<String, Problem>> {
    let (id, words) = directive.split();
    match directive.name.as_str() {
        "speedup" => Some(speedup(library, id)),
        name @ ("took" | "span" | "at" | "count" | "number") => {
            Some(figure(library, id, &format!("{name} {words}")))
        }
        _ => None,
    }
}

fn figure(library: &Library, id: &str, asked: &str) -> Result<String, Problem> {
    let figure: Figure = asked.parse()?;
    let (_, listing) = library.find(id)?;
    match (figure.eval(listing)?, &figure) {
        // In a sentence, none is a mistake in the words.
        (Value::Count(0), Figure::Count(words)) => {
            Err(query::unmatched(listing, words))
        }
        (value, _) => Ok(value.to_string()),
    }
}

fn speedup(library: &Library, id: &str) -> Result<String, Problem> {
    let (name, stem) = id.split_once('/').unwrap_or((id, "right_way"));
    let wrong = format!("{name}/{}", Way::Wrong.stem());
    let slow = query::run(library.find(&wrong)?.1)?;
    let fast = query::run(library.find(&format!("{name}/{stem}"))?.1)?;
    format::ratio(slow.took, fast.took).ok_or_else(|| {
        Problem::new(
            format!("{name}/{stem} is too short a run for a ratio"),
            "compare other figures",
        )
    })
}
