//! Before the tests: writes the chapters as skeptic gets them, whole programs
//! in place of directives, and one test a listing that runs it again.

use lessons::book;
use lessons::library::Library;
use std::ffi::OsStr;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(variable("OUT_DIR"));
    for part in ["book.toml", "README.md", "src", "listings"] {
        println!("cargo:rerun-if-changed={part}");
    }
    let mut chapters = vec![root.join("README.md")];
    let expanded = book::for_skeptic(&root).expect("the book can be read");
    for (name, text) in expanded {
        let path = out.join("chapters").join(name);
        write_if_changed(&path, &text);
        chapters.push(path);
    }
    skeptic::generate_doc_tests(&chapters);
    // Each test goes through a function of ours: tests/promises/skeptic.rs.
    let tests = out.join("skeptic-tests.rs");
    let text = fs::read_to_string(&tests).expect("skeptic wrote it");
    let text = format!(
        "{}\nconst MARK: &str = \"{}\";\nconst TARGET: &str = \"{}\";\n",
        text.replace("skeptic::rt::", ""),
        mark(&text, &root),
        variable("TARGET")
    );
    write_if_changed(&tests, &text);

    let (library, _) = Library::load(&root).expect("listings/ can be read");
    let mut tests = String::new();
    for listing in library.listings().filter(|listing| listing.compiles()) {
        let (name, id) = (listing.ident(), listing.id());
        tests += &format!(
            "#[tokio::test]\nasync fn {name}() {{\n    replay({id:?}).await;\n}}\n"
        );
    }
    write_if_changed(&out.join("transcripts.rs"), &tests);
}

/// A name for what skeptic has to compile: other programs, or other crates to
/// link them with, another name.
fn mark(tests: &str, root: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    tests.hash(&mut hasher);
    for part in ["Cargo.toml", "Cargo.lock", "listings", "tools/lessons"] {
        println!("cargo:rerun-if-changed={part}");
        hash_sources(&root.join(part), &mut hasher);
    }
    format!("compiled-{:016x}", hasher.finish())
}

/// Hashes the Rust and the Cargo files at `path` and below.
fn hash_sources(path: &Path, hasher: &mut DefaultHasher) {
    if let Ok(entries) = fs::read_dir(path) {
        let mut paths: Vec<PathBuf> =
            entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in &paths {
            hash_sources(path, hasher);
        }
        return;
    }
    let is_source = |extension: &OsStr| {
        ["rs", "toml", "lock"].iter().any(|it| extension == *it)
    };
    if path.extension().is_some_and(is_source) {
        fs::read(path).ok().hash(hasher);
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).expect("cargo sets it for a build script")
}

fn write_if_changed(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    let dir = path.parent().expect("a file has a folder");
    fs::create_dir_all(dir)
        .and_then(|()| fs::write(path, text))
        .expect("OUT_DIR can be written");
}
