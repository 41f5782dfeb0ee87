//! The book that `mdbook build` makes, with the preprocessor as a command of
//! book.toml, is the one that `cargo run` makes, before its style sheets and
//! scripts are bundled.

use crate::root;
use libtest_mimic::Trial;
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;
use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
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

/// The search index is left out, and its name wherever it is loaded: its order
/// differs from build to build.
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

/// The trial of this module, ignored with its reason in its name.
pub fn trials() -> Vec<Trial> {
    let name = "mdbook::build_makes_the_same_book (.ci/run: builds it twice)";
    let trial = Trial::test(name, || {
        mdbook_build_makes_the_same_book();
        Ok(())
    });
    vec![trial.with_ignored_flag(true)]
}

fn mdbook_build_makes_the_same_book() {
    let ours = TempDir::new().expect("a folder");
    let theirs = TempDir::new().expect("a folder");
    book::render(root(), ours.path())
        .unwrap_or_else(|error| panic!("{error:#}"));
    build_as_mdbook_does(theirs.path());
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

/// As the command `mdbook build --dest-dir`: the same driver, nothing but what
/// book.toml says.
fn build_as_mdbook_does(out: &Path) {
    let file = root().join("book.toml");
    let mut config = Config::from_disk(file).expect("it can be read");
    config.build.build_dir = out.to_path_buf();
    MDBook::load_with_config(root(), config)
        .and_then(|book| book.build())
        .unwrap_or_else(|error| panic!("{error:#}"));
}
