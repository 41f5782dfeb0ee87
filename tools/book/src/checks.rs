//! What is checked of a whole book before it is built.

mod foreign;
mod glossary;
pub mod links;
mod prose;
mod shown;

use crate::expand::Expanded;
use anyhow::Result;
use lessons::{Fault, Lesson, Library, ListingId};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A chapter before and after its expansion.
#[derive(Debug)]
pub struct ChapterPage {
    /// Its path in the source folder.
    pub path: PathBuf,
    /// Its path from the root.
    pub file: PathBuf,
    /// As it was written.
    pub text: String,
    /// As its reader gets it.
    pub expanded: Expanded,
    /// Whether it is the glossary.
    pub is_glossary: bool,
}

/// All that is wrong with the pages of the workbook at `root`, whose chapters
/// are in `src`, and with the words of its lessons.
///
/// # Errors
/// If the source folder can't be read.
pub fn faults(
    root: &Path,
    src: &Path,
    library: &Library,
    pages: &[ChapterPage],
) -> Result<Vec<Fault>> {
    let chapters = pages.iter().map(|page| page.file.clone()).collect();
    let mut faults = foreign::foreign_files(root, src, &chapters)?;
    let ids: BTreeMap<PathBuf, BTreeSet<String>> = pages
        .iter()
        .map(|page| (page.path.clone(), ids(&page.expanded)))
        .collect();
    let exists = |path: &Path| root.join(src).join(path).is_file();
    for page in pages {
        let (text, file, path) = (&page.text, &page.file, &page.path);
        faults.extend(prose::typed_figures(text, file));
        faults.extend(links::dead_links(text, file, path, &ids, exists));
        if page.is_glossary {
            faults.extend(glossary::torn_entries(text, file));
        }
        faults.extend(page.expanded.faults.iter().cloned());
    }
    let all = |of: fn(&Expanded) -> &[ListingId]| -> Vec<&ListingId> {
        pages.iter().flat_map(|page| of(&page.expanded)).collect()
    };
    let shown = all(|expanded| &expanded.shown);
    faults.extend(shown::not_shown_once(library, src, &shown));
    let asked = all(|expanded| &expanded.asked);
    faults.extend(shown::not_asked(library, src, &asked));
    faults.extend(library.lessons.iter().flat_map(words));
    Ok(faults)
}

/// The ids of a chapter's page; those of its listings too where it has slots
/// for them.
fn ids(chapter: &Expanded) -> BTreeSet<String> {
    let mut ids = links::ids(&chapter.text);
    for id in &chapter.shown {
        ids.insert(id.bin());
        ids.insert(format!("{}-pair", id.lesson));
    }
    ids
}

/// Figures that were typed into the words of a lesson.toml.
fn words(lesson: &Lesson) -> Vec<Fault> {
    let metadata = &lesson.metadata;
    let asked = metadata.predictions.iter();
    let asked = asked.flat_map(|asked| [&asked.question, &asked.why]);
    let told = [&metadata.mistake, &metadata.ask].into_iter().flatten();
    let mut faults = Vec::new();
    for words in asked.chain(told) {
        let typed = prose::typed_figures(&words.value, &lesson.file);
        faults.extend(typed.into_iter().map(|mut fault| {
            fault.line += words.line - 1;
            fault
        }));
    }
    faults
}
