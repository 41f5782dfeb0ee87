//! Whether a listing's binary is as new as all that it is made of. To ask
//! cargo takes a tenth of a second and more; to look at a few files takes none.

use lessons::Listing;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// What besides its sources a binary depends on, from the root.
const SHARED: [&str; 4] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    ".cargo/config.toml",
];

/// When cargo last found a binary to be up to date.
#[derive(Debug, Default)]
pub struct UpToDate {
    confirmed: Mutex<HashMap<String, SystemTime>>,
}

impl UpToDate {
    /// The listing's binary, if it is as new as all that it is made of.
    pub fn program(
        &self,
        root: &Path,
        target: &Path,
        listing: &Listing,
    ) -> Option<PathBuf> {
        let bin = listing.bin();
        let name = format!("{bin}{}", std::env::consts::EXE_SUFFIX);
        let program = target.join("debug").join(name);
        let built = modified(&program)?;
        let known = self.confirmed.lock();
        let known = known.unwrap_or_else(PoisonError::into_inner);
        let seen = known.get(&bin).copied().unwrap_or(built).max(built);
        let rule = target.join("debug").join(format!("{bin}.d"));
        let rule = fs::read_to_string(rule).ok()?;
        let own = root.join(listing.dir()).join("Cargo.toml");
        let shared = SHARED.iter().map(|file| root.join(file));
        let manifests = shared.filter(|file| file.exists()).chain([own]);
        let mut inputs = sources(&rule).into_iter().chain(manifests);
        let old = |input: PathBuf| modified(&input).is_some_and(|at| at < seen);
        inputs.all(old).then_some(program)
    }

    /// Notes that cargo, started at `at`, found or made the binary up to date.
    pub fn confirm(&self, bin: String, at: SystemTime) {
        let known = self.confirmed.lock();
        known
            .unwrap_or_else(PoisonError::into_inner)
            .insert(bin, at);
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

/// The files on the right of the rule `binary: source source`, in which a
/// space in a name is written with a backslash.
fn sources(rule: &str) -> Vec<PathBuf> {
    let line = rule.lines().next().unwrap_or_default();
    let Some((_, sources)) = line.split_once(": ") else {
        return Vec::new();
    };
    let spaced = sources.replace("\\ ", "\0");
    let names = spaced.split(' ').filter(|name| !name.is_empty());
    names.map(|name| name.replace('\0', " ").into()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_names_its_sources() {
        let rule = "/t/debug/a: /w/my\\ book/a.rs /w/b.rs\n";
        let files = sources(rule);
        assert_eq!(files, ["/w/my book/a.rs", "/w/b.rs"].map(PathBuf::from));
        assert!(sources("").is_empty());
    }
}
