//! The commands that do one thing and end.

use crate::handout::link;
use anyhow::{Context, Result, anyhow, bail};
use book::appendix;
use lessons::transcript::Transcript;
use lessons::{Lesson, Library, Listing};
use runner::record;
use serde_json::json;
use std::collections::HashMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::JoinSet;

/// Writes the static site to `out`.
pub fn build(root: &Path, out: &Path) -> Result<()> {
    guard(root, out)?;
    book::build(root, out)?;
    for old in link::link(root, out)? {
        eprintln!(
            "{} is older than its chapter and not linked: print it with \
             `cargo run -p handouts`",
            old.display()
        );
    }
    println!("The book is in {}", out.display());
    Ok(())
}

/// mdBook empties the folder it writes to: refuses one that holds other things
/// than a book.
fn guard(root: &Path, out: &Path) -> Result<()> {
    let root = std::path::absolute(root)?;
    let out = std::path::absolute(out)?;
    if root.starts_with(&out) {
        bail!("--out {}: that holds the workbook itself", out.display());
    }
    let is_book = out.join("toc.html").is_file();
    let mut entries = out.read_dir().into_iter().flatten();
    if !is_book && entries.next().is_some() {
        bail!(
            "--out {}: that folder holds other things, and all in it would \
             be lost; name a new one",
            out.display()
        );
    }
    Ok(())
}

/// Prints one line a listing: for people, or as JSON.
pub fn list(root: &Path, json: bool) -> Result<()> {
    let (library, faults) = Library::load(root)?;
    for fault in faults {
        eprintln!("{fault}");
    }
    let mut out = std::io::stdout().lock();
    for lesson in &library.lessons {
        for listing in &lesson.listings {
            let line = if json {
                object(lesson, listing).to_string()
            } else {
                line(listing)
            };
            match writeln!(out, "{line}") {
                // Whoever reads has read enough, as `head` does.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                    return Ok(());
                }
                written => written?,
            }
        }
    }
    Ok(())
}

fn line(listing: &Listing) -> String {
    let took = listing
        .transcript
        .as_ref()
        .map_or_else(|| "does not compile".to_owned(), Transcript::took_figure);
    format!(
        "{:<40} {took:>16}  {}",
        listing.bin(),
        listing.path().display()
    )
}

fn object(lesson: &Lesson, listing: &Listing) -> serde_json::Value {
    json!({
        "lesson": lesson.name,
        "title": lesson.metadata.title,
        "chapter": lesson.chapter,
        "way": listing.way().stem(),
        "kind": listing.about.kind.map(|kind| kind.to_string()),
        "bin": listing.bin(),
        "path": listing.path(),
        "command": listing.command(),
        "notebook_cells": listing.about.cells,
        "took_s": listing.took(),
        "claims": appendix::rows(listing),
    })
}

/// How far apart recordings start.
const APART: Duration = Duration::from_millis(50);

/// Builds and runs the lessons of these names and writes what they did.
pub async fn record(root: &Path, names: &[String]) -> Result<()> {
    let (library, _) = Library::load(root)?;
    let chosen = library
        .named(names)
        .map_err(|problem| anyhow!("{}; {}", problem.cause, problem.remedy))?;
    let packages: Vec<&str> =
        chosen.iter().map(|lesson| lesson.name.as_str()).collect();
    println!("Building {} lessons...", packages.len());
    let bins = runner::cargo::build_bins(root, &packages)?;
    let listings: Vec<&Listing> =
        chosen.iter().flat_map(|lesson| &lesson.listings).collect();
    let mut runs = start_all(root, &listings, &bins)?;
    // Dropped on Ctrl-C, and each run's process with it.
    let failed = tokio::select! {
        failed = await_all(&mut runs) => failed,
        _ = tokio::signal::ctrl_c() => {
            runs.shutdown().await;
            bail!("stopped; what was recorded until then is kept");
        }
    };
    for listing in &listings {
        if listing.compiles() {
            record::record_warnings(root, listing)?;
        } else {
            record::record_compile_error(root, listing)?;
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    bail!("{}", failed.join("\nerror: "))
}

/// Recordings under way: each tells its listing, and what that did.
type Recordings = JoinSet<Result<(Listing, Transcript)>>;

/// Starts to record each of the listings that compile.
fn start_all(
    root: &Path,
    listings: &[&Listing],
    bins: &HashMap<String, PathBuf>,
) -> Result<Recordings> {
    let mut runs = JoinSet::new();
    let compiling = listings.iter().filter(|listing| listing.compiles());
    for (place, listing) in (0..).zip(compiling) {
        let program = bins
            .get(&listing.bin())
            .with_context(|| format!("cargo built no {}", listing.bin()))?;
        let (root, listing) = (root.to_path_buf(), (*listing).clone());
        let program = program.clone();
        runs.spawn(async move {
            // They overlap, but start apart: to start takes a core.
            tokio::time::sleep(APART * place).await;
            let run = record::record(&root, &listing, &program).await?;
            Ok((listing, run))
        });
    }
    Ok(runs)
}

/// Waits for all recordings, tells of each, and gives what went wrong.
async fn await_all(runs: &mut Recordings) -> Vec<String> {
    let mut failed = Vec::new();
    while let Some(done) = runs.join_next().await {
        match done.context("a recording panicked").flatten() {
            Ok((listing, run)) => println!(
                "{:>8}  {}",
                run.took_figure(),
                listing.transcript_path().display()
            ),
            Err(error) => failed.push(format!("{error:#}")),
        }
    }
    failed
}
