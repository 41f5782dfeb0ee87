//! Files in the source folder that are no part of the book.

use anyhow::{Context, Result};
use lessons::Fault;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What may be in the book's source folder: mdBook copies all of it.
const AT_HOME: [&str; 5] = ["md", "png", "svg", "jpg", "webp"];

/// The faults of files below `src` (relative to `root`) that are neither one of
/// its `chapters` nor an image.
///
/// # Errors
/// If a folder can't be read.
pub fn foreign_files(
    root: &Path,
    src: &Path,
    chapters: &BTreeSet<PathBuf>,
) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for file in files(&root.join(src))? {
        let file = file.strip_prefix(root).unwrap_or(&file).to_path_buf();
        let kind = file.extension().unwrap_or_default().to_string_lossy();
        if !AT_HOME.contains(&kind.as_ref()) {
            faults.push(Fault::new(
                &file,
                0,
                "a foreign file: mdBook would copy it into the book",
                "only Markdown and images belong here; move it elsewhere",
            ));
        } else if kind == "md"
            && !chapters.contains(&file)
            && file != src.join("SUMMARY.md")
        {
            faults.push(Fault::new(
                &file,
                0,
                "the summary does not list this chapter",
                "add it to SUMMARY.md, or delete it",
            ));
        }
    }
    Ok(faults)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(dir)
        .with_context(|| format!("can't read {}", dir.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
