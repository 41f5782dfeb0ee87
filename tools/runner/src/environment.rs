//! The environment of what the page starts: what a program needs to find its
//! way, and nothing else, since the reader's secrets may stand in the rest.

use crate::cargo;
use std::path::Path;
use tokio::process::Command;

/// What every program gets.
const FOR_ALL: [&str; 15] = [
    "HOME",
    "LANG",
    "LC_ALL",
    "LOGNAME",
    "PATH",
    "PATHEXT",
    "RUST_TEST_THREADS",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "USERPROFILE",
];

/// What cargo, rustc and the linker get besides: where things are, and what
/// would have them compile everything anew if it were missing.
const FOR_CARGO: [&str; 25] = [
    "APPDATA",
    "CARGO_BUILD_BUILD_DIR",
    "CARGO_BUILD_RUSTFLAGS",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_HOME",
    "CARGO_INCREMENTAL",
    "CARGO_TARGET_DIR",
    "CC",
    "COMSPEC",
    "DEVELOPER_DIR",
    "INCLUDE",
    "LD_LIBRARY_PATH",
    "LIB",
    "LIBRARY_PATH",
    "LOCALAPPDATA",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "RUSTC",
    "RUSTFLAGS",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SDKROOT",
    "WINDIR",
];

/// A command for a program that the reader may have written.
#[must_use]
pub fn program(path: &Path) -> Command {
    trimmed(Command::new(path), &[])
}

/// A command for [cargo](cargo::command) in `dir`: never online, never in
/// colour, and never quiet or wordy about what it does.
#[must_use]
pub fn cargo(dir: &Path) -> Command {
    let mut command = trimmed(cargo::command(dir).into(), &FOR_CARGO);
    command
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_QUIET", "false")
        .env("CARGO_TERM_VERBOSE", "false");
    command
}

/// A command for the same cargo with all that this program was given, for what
/// is the workbook's own and may need the web.
#[must_use]
pub fn whole_cargo(dir: &Path) -> Command {
    let mut command = Command::from(cargo::command(dir));
    command.env("CARGO_TERM_COLOR", "never");
    command
}

fn trimmed(mut command: Command, more: &[&str]) -> Command {
    command.env_clear();
    for name in FOR_ALL.iter().chain(more) {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_few_variables_and_cargo_a_few_more() {
        let names = |command: &Command| -> Vec<String> {
            let pairs = command.as_std().get_envs();
            pairs
                .map(|(name, _)| name.to_string_lossy().into_owned())
                .collect()
        };
        // Cargo sets this for every test.
        assert!(std::env::var_os("CARGO_PKG_NAME").is_some());
        for command in [program("x".as_ref()), cargo(".".as_ref())] {
            let names = names(&command);
            assert!(names.contains(&"PATH".to_owned()), "{names:?}");
            assert!(!names.iter().any(|name| name.starts_with("CARGO_PKG")));
        }
    }

    #[test]
    fn a_cargo_with_the_whole_environment_is_not_told_of_this_package() {
        let command = whole_cargo(".".as_ref());
        let mut changes = command.as_std().get_envs();
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let removed = ("CARGO_MANIFEST_DIR".as_ref(), None);
        assert!(changes.any(|change| change == removed), "{command:?}");
    }
}
