//! Where the workbook is.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The folder of the workbook: as named, or found from the current folder
/// upwards, or where this program was built.
///
/// # Errors
/// If there is none.
pub fn root(named: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(dir) = named {
        let found = dir.join("book.toml").is_file();
        return found.then_some(dir.clone()).with_context(|| {
            format!(
                "{} has no book.toml: name the workbook's folder",
                dir.display()
            )
        });
    }
    let here = std::env::current_dir().context("there is no current folder")?;
    root_above(&here)
        .or_else(|| root_above(env!("CARGO_MANIFEST_DIR").as_ref()))
        .context(
            "this is not the workbook's folder: change into it, or name it \
             with --root DIR",
        )
}

/// The folder with book.toml and listings/ at or above `from`.
#[must_use]
pub fn root_above(from: &Path) -> Option<PathBuf> {
    from.ancestors()
        .find(|dir| {
            dir.join("book.toml").is_file() && dir.join("listings").is_dir()
        })
        .map(Path::to_path_buf)
}
