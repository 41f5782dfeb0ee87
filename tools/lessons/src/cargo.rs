//! Building listings with cargo.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The cargo that started this program, else the one on the path.
#[must_use]
pub fn command(root: &Path) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root).stdin(Stdio::null());
    command
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
    let mut command = command(root);
    command.args(["build", "--quiet", "--bins"]);
    command.arg("--message-format=json-render-diagnostics");
    for package in packages {
        command.args(["--package", package]);
    }
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
