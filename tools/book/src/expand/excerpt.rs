//! Excerpts: the lines of a file between two anchors.

use super::Target;
use crate::html::markdown;
use lessons::{Library, Problem, Source};
use std::path::PathBuf;

/// The file that an excerpt is taken from.
struct File<'l> {
    source: &'l Source,
    path: PathBuf,
    /// Its name, where it must be told: a listing is on the page as a whole
    /// and known from there, a file of a library is not.
    caption: Option<String>,
}

/// The excerpt `anchor` of the file that `id` names.
pub fn excerpt(
    library: &Library,
    id: &str,
    anchor: &str,
    target: Target,
) -> Result<String, Problem> {
    let file = file(library, id)?;
    let Some(text) = file.source.excerpt(anchor) else {
        return Problem::err(
            format!("{id} has no anchor `{anchor}`"),
            format!(
                "put `// ANCHOR: {anchor}` and `// ANCHOR_END: {anchor}` into \
                 {}",
                file.path.display()
            ),
        );
    };
    let fence = || markdown::fence("rust", &text);
    Ok(match (target, file.caption) {
        (Target::Page, Some(name)) => markdown::captioned(&name, "rust", &text),
        (Target::Page, None) => markdown::code("rust", &text),
        (Target::Print, Some(name)) => format!("`{name}`:\n\n{}", fence()),
        (Target::Print, None) => fence(),
    })
}

fn file<'l>(library: &'l Library, id: &str) -> Result<File<'l>, Problem> {
    if let Some((package, module)) = library.module(id) {
        return Ok(File {
            source: &module.source,
            path: module.path.clone(),
            caption: Some(format!("{package}/src/{}.rs", module.name)),
        });
    }
    let (_, listing) = library.find(id)?;
    Ok(File {
        source: &listing.source,
        path: listing.path(),
        caption: None,
    })
}
