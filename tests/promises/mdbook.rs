//! The book that `mdbook build` makes is the one that `cargo run` makes, before
//! its style sheets and scripts are bundled.

use crate::{by_name, root};
use libtest_mimic::Trial;
use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(dir).expect("the folder can be read") {
        let path = entry.expect("it can be read").path();
        let name = PathBuf::from(path.file_name().expect("a name"));
        if path.is_dir() {
            let below = files(&path);
            found.extend(below.into_iter().map(|(n, f)| (name.join(n), f)));
        } else {
            found.insert(name, fs::read(&path).expect("a file"));
        }
    }
    found
}

/// The search index is left out, and its name wherever it is loaded: its form
/// hangs on the version of elasticlunr that mdbook was built with.
fn without_search_index(
    files: BTreeMap<PathBuf, Vec<u8>>,
) -> BTreeMap<PathBuf, Vec<u8>> {
    let name = Regex::new("searchindex-[0-9a-f]+").expect("a valid pattern");
    let is_index = |path: &Path| name.is_match(&path.to_string_lossy());
    files
        .into_iter()
        .filter(|(path, _)| !is_index(path))
        .map(|(path, file)| {
            let file = match String::from_utf8(file) {
                Ok(text) => name.replace_all(&text, "").into_owned().into(),
                Err(image) => image.into_bytes(),
            };
            (path, file)
        })
        .collect()
}

/// The trial of this module.
pub fn trials() -> Vec<Trial> {
    let trials = by_name!["mdbook": mdbook_build_makes_the_same_book];
    let needs_it = |trial: Trial| {
        let trial = trial.with_kind("needs mdbook, which .ci/run installs");
        trial.with_ignored_flag(true)
    };
    trials.into_iter().map(needs_it).collect()
}

/// `MDBOOK` names the program, where it is not on the path.
fn mdbook_build_makes_the_same_book() {
    let ours = TempDir::new().expect("a folder");
    let theirs = TempDir::new().expect("a folder");
    book::render(root(), ours.path(), None)
        .unwrap_or_else(|error| panic!("{error:#}"));
    let mdbook = std::env::var_os("MDBOOK").unwrap_or_else(|| "mdbook".into());
    let output = Command::new(mdbook)
        .arg("build")
        .arg("--dest-dir")
        .arg(theirs.path())
        .arg(root())
        .output()
        .expect("mdbook can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let ours = without_search_index(files(ours.path()));
    let theirs = without_search_index(files(theirs.path()));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| -> Vec<PathBuf> {
        files.keys().cloned().collect()
    };
    assert_eq!(names(&ours), names(&theirs));
    for (name, text) in &ours {
        assert!(theirs[name] == *text, "{} differs", name.display());
    }
}
