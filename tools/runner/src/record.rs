//! Recording: running listings and writing down what they did.

use crate::cargo;
use crate::run::{self, LIMIT, Run};
use anyhow::{Context, Result, bail};
use lessons::Listing;
use lessons::transcript::{End, Transcript};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A recording beside which a sleeper woke later than this, in seconds, is made
/// again.
pub const MOST_LATE: f64 = 0.02;

/// How often a recording is tried on a busy machine.
const TRIES: usize = 5;

/// How long `listing` may run.
#[must_use]
pub fn limit(listing: &Listing) -> Duration {
    listing
        .about
        .kill_after_s
        .map_or(LIMIT, Duration::from_secs_f64)
}

/// A run as a transcript of `listing`.
///
/// # Errors
/// If it was killed though it is no hang, or ended though it is one.
pub fn transcript(listing: &Listing, run: &Run) -> Result<Transcript> {
    let hangs = listing.about.kill_after_s.is_some();
    match run.end {
        End::Killed if !hangs => bail!(
            "{} hangs: it was killed after {} s. If that is what it shows, say \
             kind = \"hang\" and kill_after_s in {}",
            listing.bin(),
            LIMIT.as_secs(),
            listing.dir().join("lesson.toml").display()
        ),
        End::Exit(_) | End::Signal(_) if hangs => bail!(
            "{} should hang, yet it ended after {:.1} s ({})",
            listing.bin(),
            run.took,
            run.end
        ),
        _ => {}
    }
    Ok(Transcript {
        program: listing.fingerprint(),
        lines: run.lines.clone(),
        took: run.took,
        end: run.end,
    })
}

/// How far the two soonest runs may lie apart, in seconds. A run that computes
/// is late without a sleeper beside it being late.
const APART: f64 = 0.03;

/// Runs one listing, already built as `program`, until two of its runs took as
/// long, and writes the transcript of the shorter.
///
/// # Errors
/// If it can't be started, hangs, or its file can't be written.
pub async fn record(
    root: &Path,
    listing: &Listing,
    program: &Path,
) -> Result<Transcript> {
    let mut best: Option<Run> = None;
    for _ in 0..TRIES {
        let run = run::run(program, root, limit(listing))
            .await
            .with_context(|| format!("can't run {}", listing.bin()))?;
        let before = best.as_ref().map_or(f64::INFINITY, |best| best.took);
        let good = run.lateness <= MOST_LATE;
        let agrees = (run.took - before).abs() <= APART;
        if run.took < before {
            best = Some(run);
        }
        if good && agrees {
            break;
        }
    }
    let run = best.context("it was never run")?;
    let transcript = transcript(listing, &run)?;
    let path = root.join(listing.transcript_path());
    write(&path, &transcript.to_file())?;
    Ok(transcript)
}

/// Writes what rustc warns of in `listing`, for the lint it names.
///
/// # Errors
/// If it does not compile, or the file can't be written.
pub fn record_warnings(root: &Path, listing: &Listing) -> Result<()> {
    let Some(lint) = &listing.about.warns else {
        return Ok(());
    };
    let text = cargo::warnings(root, listing.lesson(), &listing.bin(), lint)?;
    if text.is_empty() {
        bail!("rustc has no warning `{lint}` for {}", listing.bin());
    }
    write(&root.join(listing.diagnostics_path()), &(text + "\n"))
}

/// Has trybuild write what rustc says of a listing that does not compile.
///
/// # Errors
/// If cargo can't be started or the listing compiles after all.
pub fn record_compile_error(root: &Path, listing: &Listing) -> Result<()> {
    let output = cargo::command(root)
        .args(["test", "--quiet", "--package", listing.lesson()])
        .args(["--test", "compile_error"])
        .env("TRYBUILD", "overwrite")
        .output()
        .context("can't start cargo")?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stdout));
    }
    Ok(())
}

fn write(path: &PathBuf, text: &str) -> Result<()> {
    let dir = path.parent().context("a file has a folder")?;
    fs::create_dir_all(dir)
        .and_then(|()| fs::write(path, text))
        .with_context(|| format!("can't write {}", path.display()))
}
