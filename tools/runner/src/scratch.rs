//! Scratch packages: where a program that was edited in the page is compiled.
//!
//! Each is a small workspace of its own with one package, the lesson's, in the
//! same folder below it, so that rustc names the same files. It uses the
//! workbook's lock file and target folder, so that nothing is compiled but the
//! program itself, and what it depends on if nothing else did. It may use any
//! crate of the workbook's. All of it is deleted when the run is over, and what a killed
//! server left is deleted when the next one starts.

use anyhow::{Context, Result, anyhow};
use lessons::Listing;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::{Table, Value};

/// What scratch packages, their folders and their binaries are called first.
const NAME: &str = "scratch";

/// How often a folder is tried to be deleted while processes that were killed
/// may still be writing to it.
const TRIES: usize = 50;

/// The scratch packages of one server.
#[derive(Debug)]
pub struct Scratch {
    root: PathBuf,
    dir: PathBuf,
    /// Locked as long as the server lives.
    _lock: File,
}

/// One scratch package.
#[derive(Debug)]
pub struct Package {
    /// Its name, and that of its binary.
    pub name: String,
    /// Its folder, a workspace.
    pub dir: PathBuf,
    /// An empty folder for the program to run in.
    pub run_dir: PathBuf,
}

impl Scratch {
    /// Makes the folder for the scratch packages of this server, below `root`,
    /// and deletes those of servers that are gone, and what cargo made of them
    /// in `target`.
    ///
    /// # Errors
    /// If the folder can't be made.
    pub fn open(root: &Path, target: &Path) -> Result<Self> {
        let home = root.join("target").join(NAME);
        fs::create_dir_all(&home)
            .with_context(|| format!("can't make {}", home.display()))?;
        // It is only tidying: a server that can't do it serves all the same.
        let _ = tidy(&home, target);
        let pid = std::process::id().to_string();
        let lock = home.join(format!("{pid}.lock"));
        let file = File::create(&lock)
            .and_then(|file| file.lock().map(|()| file))
            .with_context(|| format!("can't lock {}", lock.display()))?;
        Ok(Self {
            root: root.to_path_buf(),
            dir: home.join(pid),
            _lock: file,
        })
    }

    /// Writes the package for `source`, an edited `listing`, as the run of this
    /// number.
    ///
    /// # Errors
    /// If a manifest of the workbook's can't be read, or a file not be written.
    pub fn package(
        &self,
        run: u64,
        listing: &Listing,
        source: &str,
    ) -> Result<Package> {
        let name = format!("{NAME}-{}-{run}", std::process::id());
        let dir = self.dir.join(run.to_string());
        let package = Package {
            run_dir: dir.join("run"),
            name,
            dir,
        };
        self.write(&package, listing, source)
            .inspect_err(|_| drop(fs::remove_dir_all(&package.dir)))?;
        Ok(package)
    }

    fn write(
        &self,
        package: &Package,
        listing: &Listing,
        source: &str,
    ) -> Result<()> {
        let member = listing.dir();
        let from = self.root.join(&member);
        let to = package.dir.join(&member);
        fs::create_dir_all(&package.run_dir)?;
        copy(&from.join("src"), &to.join("src"))?;
        fs::write(package.dir.join(listing.path()), source)?;
        let lock = self.root.join("Cargo.lock");
        if lock.is_file() {
            fs::copy(lock, package.dir.join("Cargo.lock"))?;
        }
        let manifest = |dir: &Path| {
            let path = dir.join("Cargo.toml");
            let text = fs::read_to_string(&path);
            text.with_context(|| format!("can't read {}", path.display()))
        };
        // It is read once: to parse it takes a while.
        let root = parse(&manifest(&self.root)?)?;
        let more = named(crates_of(&self.root, &root), source);
        let workspace = workspace(root, &self.root, &member)?;
        fs::write(package.dir.join("Cargo.toml"), workspace)?;
        let bin = listing.bin();
        let mut text = lesson(&manifest(&from)?, &from, &bin, &package.name)?;
        add(&mut text, more);
        fs::write(to.join("Cargo.toml"), text.to_string())?;
        Ok(())
    }
}

/// The crates that an edited `listing` may use, as its program names them: those
/// of its own lesson, and those that the workbook's own package names, which are
/// all that the lessons use.
#[must_use]
pub fn crates(root: &Path, listing: &Listing) -> Vec<String> {
    let read = |dir: &Path| -> Table {
        let text = fs::read_to_string(dir.join("Cargo.toml"));
        text.unwrap_or_default().parse().unwrap_or_default()
    };
    let own = crates_of(root, &read(&root.join(listing.dir())));
    let all = own.into_iter().chain(crates_of(root, &read(root)));
    let names = all.map(|(name, _)| name.replace('-', "_"));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}

/// The dependencies of the package of this manifest, in `dir`.
fn crates_of(dir: &Path, manifest: &Table) -> Table {
    let found = manifest.get("dependencies").cloned();
    let Some(mut found) = found else {
        return Table::new();
    };
    point_to(dir, &mut found);
    found.as_table().cloned().unwrap_or_default()
}

/// Those of the crates that a program names. A word of a comment that looks like
/// it costs time and no more.
fn named(mut crates: Table, source: &str) -> Table {
    crates.retain(|name, _| is_named(&name.replace('-', "_"), source));
    crates
}

/// Whether a program names a crate: before `::`, in a `use`, or behind `extern
/// crate`. By hand, since thirty patterns would take longer to compile than the
/// page's whole way to cargo.
fn is_named(name: &str, source: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let found = source.match_indices(name);
    found.into_iter().any(|(at, _)| {
        let (before, behind) = (&source[..at], &source[at + name.len()..]);
        if before.ends_with(is_part) || behind.starts_with(is_part) {
            return false;
        }
        let is_path = behind.trim_start().starts_with("::");
        let statement = before.rsplit(';').next().unwrap_or_default();
        let mut words = statement.split_whitespace();
        is_path && !before.trim_end().ends_with("::")
            || words.any(|word| word == "use")
            || before.trim_end().ends_with("crate")
    })
}

/// Adds dependencies to a package that does not have them.
fn add(manifest: &mut Table, more: Table) {
    let all = manifest
        .entry("dependencies")
        .or_insert_with(|| Table::new().into());
    for (name, dependency) in more {
        if let Some(all) = all.as_table_mut() {
            all.entry(name).or_insert(dependency);
        }
    }
}

impl Scratch {
    /// Deletes all packages, when there are to be no more.
    pub fn clear(&self) {
        // What can't be deleted now, the next server deletes.
        let _ = fs::remove_dir_all(&self.dir);
        let _ = fs::remove_file(self.dir.with_extension("lock"));
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Package {
    /// Deletes it, and what cargo made of it in `target`.
    pub async fn remove(self, target: &Path) {
        for _ in 0..TRIES {
            let gone = match fs::remove_dir_all(&self.dir) {
                Err(error) => error.kind() == io::ErrorKind::NotFound,
                Ok(()) => true,
            };
            if gone && remove_made(target, &self.name).is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Deletes the folders of servers that are gone: those whose lock is free.
fn tidy(home: &Path, target: &Path) -> io::Result<()> {
    for entry in fs::read_dir(home)? {
        let path = entry?.path();
        if path.extension().is_none_or(|kind| kind != "lock") {
            continue;
        }
        let lock = File::open(&path)?;
        if lock.try_lock().is_err() {
            continue;
        }
        let dir = path.with_extension("");
        if dir.is_dir() {
            fs::remove_dir_all(&dir)?;
        }
        let pid = dir.file_name().unwrap_or_default().to_string_lossy();
        remove_made(target, &format!("{NAME}-{pid}"))?;
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Deletes what cargo made of the packages whose name is `name`, or begins with
/// it and a dash.
fn remove_made(target: &Path, name: &str) -> io::Result<()> {
    let debug = target.join("debug");
    let crate_name = name.replace('-', "_");
    let ours = |file: &str| {
        [name, &crate_name].into_iter().any(|name| {
            let rest = file.strip_prefix(name);
            rest.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(['-', '_', '.'])
            })
        })
    };
    for folder in ["", "deps", "incremental", ".fingerprint", "build"] {
        let Ok(entries) = fs::read_dir(debug.join(folder)) else {
            continue;
        };
        for entry in entries {
            let path = entry?.path();
            let file = path.file_name().unwrap_or_default();
            if !ours(&file.to_string_lossy()) {
                continue;
            }
            if path.is_dir() {
                fs::remove_dir_all(path)?;
            } else {
                fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

fn parse(manifest: &str) -> Result<Table> {
    manifest.parse().context("Cargo.toml can't be read")
}

/// The manifest of a workspace with `member` alone, which shares all it can
/// with the workbook's own.
fn workspace(
    mut manifest: Table,
    root: &Path,
    member: &Path,
) -> Result<String> {
    let workspace = manifest
        .get_mut("workspace")
        .and_then(Value::as_table_mut)
        .ok_or_else(|| anyhow!("Cargo.toml has no [workspace]"))?;
    workspace.retain(|key, _| {
        matches!(key, "resolver" | "package" | "dependencies" | "lints")
    });
    let member = member.to_string_lossy().replace('\\', "/");
    workspace.insert("members".to_owned(), Value::Array(vec![member.into()]));
    if let Some(dependencies) = workspace.get_mut("dependencies") {
        point_to(root, dependencies);
    }
    manifest.retain(|key, _| matches!(key, "workspace" | "profile"));
    Ok(manifest.to_string())
}

/// The manifest of a lesson in `dir` with the listing `bin` alone, as `name`.
fn lesson(text: &str, dir: &Path, bin: &str, name: &str) -> Result<Table> {
    let mut manifest = parse(text)?;
    let package = manifest
        .get_mut("package")
        .and_then(Value::as_table_mut)
        .ok_or_else(|| anyhow!("Cargo.toml has no [package]"))?;
    let lesson = package.insert("name".to_owned(), name.into());
    for auto in [
        "autobins",
        "autolib",
        "autotests",
        "autoexamples",
        "autobenches",
    ] {
        package.insert(auto.to_owned(), false.into());
    }
    only_bin(&mut manifest, bin, name)?;
    for kind in ["dependencies", "dev-dependencies"] {
        if let Some(dependencies) = manifest.get_mut(kind) {
            point_to(dir, dependencies);
            // It is for `tests/`, which is not here, and long to compile.
            if let Some(table) = dependencies.as_table_mut() {
                table.remove("trybuild");
            }
        }
    }
    // A lesson's library is used as it is, and not compiled once more.
    if let (Some(_), Some(lesson)) = (manifest.remove("lib"), lesson) {
        let lesson = lesson.as_str().unwrap_or_default();
        depend_on(&mut manifest, lesson, dir)?;
    }
    Ok(manifest)
}

/// Leaves the binary `bin` alone of all that a package is built to, as `name`.
fn only_bin(manifest: &mut Table, bin: &str, name: &str) -> Result<()> {
    let bins = manifest.get("bin").and_then(Value::as_array);
    let is_it = |it: &&Value| it["name"].as_str() == Some(bin);
    let path = bins
        .and_then(|bins| bins.iter().find(is_it)?.get("path")?.as_str())
        .ok_or_else(|| anyhow!("Cargo.toml has no [[bin]] `{bin}`"))?;
    let only = Table::from_iter([
        ("name".to_owned(), Value::from(name)),
        ("path".to_owned(), Value::from(path)),
    ]);
    manifest.insert("bin".to_owned(), Value::Array(vec![only.into()]));
    for other in ["test", "example", "bench"] {
        manifest.remove(other);
    }
    Ok(())
}

/// Adds the library of the package `name` in `dir` to the dependencies.
fn depend_on(manifest: &mut Table, name: &str, dir: &Path) -> Result<()> {
    let path = dir.to_string_lossy().into_owned();
    let library = Table::from_iter([("path".to_owned(), path.into())]);
    manifest
        .entry("dependencies")
        .or_insert_with(|| Table::new().into())
        .as_table_mut()
        .ok_or_else(|| anyhow!("[dependencies] is no table"))?
        .insert(name.to_owned(), library.into());
    Ok(())
}

/// Makes the paths of dependencies absolute, from `dir`.
fn point_to(dir: &Path, dependencies: &mut Value) {
    let all = dependencies.as_table_mut().into_iter().flatten();
    for (_, dependency) in all {
        if let Some(Value::String(path)) = dependency.get_mut("path") {
            *path = dir.join(&*path).to_string_lossy().into_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_workspace_has_one_member_and_the_same_versions() {
        let text = "[package]\nname = \"x\"\n[dev-dependencies]\ny = \"1\"\n\
                    [workspace]\nmembers = [\"a\"]\ndefault-members = [\"a\"]\n\
                    [workspace.dependencies]\ntokio = \"1\"\n\
                    lib = { path = \"lib\" }\n[profile.dev]\ndebug = 1\n";
        let root = parse(text).expect("sound");
        let text = workspace(root, "/book".as_ref(), "l/c/b".as_ref());
        let table: Table = text.expect("sound").parse().expect("TOML");
        assert_eq!(table["workspace"]["members"][0].as_str(), Some("l/c/b"));
        assert_eq!(
            table["workspace"]["dependencies"]["lib"]["path"].as_str(),
            Some("/book/lib")
        );
        assert!(table["workspace"].get("default-members").is_none());
        assert_eq!(table["profile"]["dev"]["debug"].as_integer(), Some(1));
        assert!(!table.contains_key("package"));
    }

    #[test]
    fn a_scratch_package_has_one_binary_under_its_own_name() {
        let text = "[package]\nname = \"tea\"\nautobins = false\n\
                    [[bin]]\nname = \"tea-wrong-way\"\npath = \"src/w.rs\"\n\
                    required-features = [\"compile-error\"]\n\
                    [[bin]]\nname = \"tea-right-way\"\npath = \"src/r.rs\"\n\
                    [dev-dependencies]\ntrybuild.workspace = true\n";
        let made = lesson(text, "/b".as_ref(), "tea-wrong-way", "scratch-1-2");
        let table = made.expect("sound");
        let bins = table["bin"].as_array().expect("an array");
        assert_eq!(bins.len(), 1);
        assert_eq!(bins[0]["name"].as_str(), Some("scratch-1-2"));
        assert_eq!(bins[0]["path"].as_str(), Some("src/w.rs"));
        assert!(bins[0].get("required-features").is_none());
        assert_eq!(
            table["dev-dependencies"].as_table().map(Table::len),
            Some(0)
        );
        let error = lesson(text, "/b".as_ref(), "tea", "x").expect_err("none");
        assert!(error.to_string().contains("no [[bin]] `tea`"));
    }

    #[test]
    fn a_scratch_package_uses_the_library_of_its_lesson() {
        let text = "[package]\nname = \"tea\"\n[lib]\nname = \"tea\"\n\
                    [[bin]]\nname = \"tea-right-way\"\npath = \"src/r.rs\"\n";
        let made = lesson(text, "/b".as_ref(), "tea-right-way", "scratch-1-2");
        let table = made.expect("sound");
        assert!(table.get("lib").is_none());
        assert_eq!(table["package"]["autolib"].as_bool(), Some(false));
        let library = &table["dependencies"]["tea"];
        assert_eq!(library["path"].as_str(), Some("/b"));
    }

    #[test]
    fn a_program_may_use_any_crate_of_the_workbook() {
        let root = "[dependencies]\nbytes.workspace = true\nmoka = \"1\"\n\
                    llm-client = { path = \"llm\" }\nrand.workspace = true\n\
                    url.workspace = true\ntokio = \"9\"\n";
        let source = "use llm_client::Client;\nuse {moka, tokio::join};\n\
                      fn main() { let bytes = rand::random(); a::url::x() }";
        let root = parse(root).expect("sound");
        let more = named(crates_of("/b".as_ref(), &root), source);
        let names: Vec<&String> = more.keys().collect();
        assert_eq!(names, ["llm-client", "moka", "rand", "tokio"]);
        for (source, is) in [
            ("extern crate url;", true),
            ("fn main() { url ::parse() }", true),
            ("pub use url as address;", true),
            (
                "use my_url::x;\nfn main() { let url = 1; curl::x(); }",
                false,
            ),
            ("use a::b;\nfn url() { crate::url::x() }", false),
        ] {
            assert_eq!(is_named("url", source), is, "{source}");
        }
        let path = more["llm-client"]["path"].as_str();
        assert_eq!(path, Some("/b/llm"));
        let lesson = "[dependencies]\ntokio = \"1\"\n";
        let mut lesson: Table = lesson.parse().expect("TOML");
        add(&mut lesson, more);
        // What the lesson says of a crate holds.
        let tokio = lesson["dependencies"]["tokio"].as_str();
        assert_eq!(tokio, Some("1"));
        assert_eq!(lesson["dependencies"]["moka"].as_str(), Some("1"));
    }

    #[test]
    fn what_cargo_made_is_deleted_by_its_whole_name() {
        let dir = tempfile::TempDir::new().expect("a folder");
        let deps = dir.path().join("debug/deps");
        fs::create_dir_all(&deps).expect("it can be made");
        for name in ["scratch_1_2-ab.d", "scratch_1_20-ab", "scratch_11_2-a"] {
            fs::write(deps.join(name), "").expect("it can be written");
        }
        remove_made(dir.path(), "scratch-1-2").expect("it can be deleted");
        assert!(!deps.join("scratch_1_2-ab.d").exists());
        assert!(deps.join("scratch_1_20-ab").exists());
        remove_made(dir.path(), "scratch-1").expect("it can be deleted");
        assert!(!deps.join("scratch_1_20-ab").exists());
        assert!(deps.join("scratch_11_2-a").exists());
    }
}
