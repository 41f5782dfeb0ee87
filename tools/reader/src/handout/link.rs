//! Links from the pages of a built site to what was printed of them.

use crate::handout::print::FOLDER;
use anyhow::{Context, Result};
use book::html::listing::HOW_TO_RUN_END;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Links each chapter of the site in `out` to its handout, if that was printed
/// by `cargo run -p handouts` and is newer than the chapter and its listings.
/// Gives the handouts that are older.
///
/// # Errors
/// If a page or a handout can't be read or written.
pub fn link(root: &Path, out: &Path) -> Result<Vec<PathBuf>> {
    let mut old = Vec::new();
    for entry in fs::read_dir(out)? {
        let page = entry?.path();
        let Some(stem) = page
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(".html"))
        else {
            continue;
        };
        let pdf = format!("{stem}.pdf");
        let printed = root.join(FOLDER).join(&pdf);
        let Some(at) = modified(&printed) else {
            continue;
        };
        let text = root.join("src").join(format!("{stem}.md"));
        let listings = root.join("listings").join(stem);
        if [text, listings]
            .iter()
            .any(|made_of| newest(made_of) > Some(at))
        {
            old.push(printed);
            continue;
        }
        let folder = out.join("handouts");
        fs::create_dir_all(&folder)?;
        fs::copy(&printed, folder.join(&pdf))
            .with_context(|| format!("can't copy {}", printed.display()))?;
        add(&page, &pdf)
            .with_context(|| format!("can't link {}", page.display()))?;
    }
    old.sort();
    Ok(old)
}

/// Adds the link below the line on how to run the listings.
fn add(page: &Path, pdf: &str) -> Result<()> {
    let html = fs::read_to_string(page)?;
    let link = format!(
        "{HOW_TO_RUN_END}\n<p class=\"handout\"><a href=\"handouts/{pdf}\">\
         This chapter to print (PDF)</a></p>"
    );
    fs::write(page, html.replacen(HOW_TO_RUN_END, &link, 1))?;
    Ok(())
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// When the file, or any in the folder, was last changed.
fn newest(path: &Path) -> Option<SystemTime> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let inside = entries.filter_map(|entry| newest(&entry.path()));
    inside.chain(modified(path)).max()
}
