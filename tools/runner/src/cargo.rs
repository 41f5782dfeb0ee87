//! Building listings with cargo.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The cargo that started this program, else the one on the path. It is not
/// told which package that program is of: a build script that asks for
/// `CARGO_MANIFEST_DIR` or `OUT_DIR`, as ring's does, would be run again, and
/// all above it be built again, whenever cargo is started now from here and now
/// by hand.
#[must_use]
pub fn command(root: &Path) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(tells_of_a_package) {
            command.env_remove(name);
        }
    }
    command
}

/// Whether cargo says with this variable whose program it runs.
fn tells_of_a_package(name: &str) -> bool {
    ["CARGO_MANIFEST_", "CARGO_PKG_", "OUT_DIR"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Builds every binary of the workspace at `root`, or of `packages` only, and
/// tells where each is.
///
/// # Errors
/// What cargo and rustc print, if it does not build.
pub fn build_bins(
    root: &Path,
    packages: &[&str],
) -> Result<HashMap<String, PathBuf>> {
    let packages = packages.iter().flat_map(|it| ["--package", it]);
    let arguments: Vec<&str> = ["--bins"].into_iter().chain(packages).collect();
    build(root, &arguments)
}

/// Builds one binary of the workspace at `root`, with the features that it has
/// beside all others, and tells where it is.
///
/// # Errors
/// What cargo and rustc print, if it does not build.
pub fn build_bin(root: &Path, bin: &str) -> Result<PathBuf> {
    let mut built = build(root, &["--bin", bin])?;
    let program = built.remove(bin);
    program.with_context(|| format!("cargo built no {bin}"))
}

fn build(root: &Path, what: &[&str]) -> Result<HashMap<String, PathBuf>> {
    let mut command = command(root);
    command.args(["build", "--quiet"]).args(what);
    command.arg("--message-format=json-render-diagnostics");
    let output = command.output().context("can't start cargo")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(messages(&output)
        .filter_map(|message| {
            let path = message["executable"].as_str()?;
            let name = message["target"]["name"].as_str()?;
            Some((name.to_owned(), PathBuf::from(path)))
        })
        .collect())
}

/// What rustc says of one binary when `lint` may not be silenced, in its own
/// words. The feature `diagnostics` is there to keep this build apart from the
/// others, so that neither undoes the other.
///
/// # Errors
/// If cargo can't be started, or the binary does not compile at all.
pub fn warnings(
    root: &Path,
    package: &str,
    bin: &str,
    lint: &str,
) -> Result<String> {
    let output = command(root)
        .args(["rustc", "--quiet", "--message-format=json"])
        .args(["--package", package, "--bin", bin, "--profile", "dev"])
        .args(["--features", "diagnostics"])
        .args(["--", "--force-warn", lint, "--emit=metadata"])
        .env_remove("RUSTFLAGS")
        .output()
        .context("can't start cargo")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr));
    }
    let rendered: Vec<String> = messages(&output)
        .filter(|message| message["reason"] == "compiler-message")
        .filter(|message| message["message"]["code"]["code"] == lint)
        .filter_map(|message| {
            let text = message["message"]["rendered"].as_str()?;
            Some(without_our_flag(text))
        })
        .collect();
    Ok(rendered.join("\n\n"))
}

/// A warning without the note on the flag that we gave: a reader gives none.
fn without_our_flag(text: &str) -> String {
    let flag = "= note: requested on the command line";
    let lines = text.trim_end().lines();
    let kept: Vec<&str> = lines
        .filter(|line| !line.trim_start().starts_with(flag))
        .collect();
    kept.join("\n")
}

fn messages(output: &Output) -> impl Iterator<Item = Value> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    lines.into_iter()
}
