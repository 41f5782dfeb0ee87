//! `cargo run -- check`: nearly all that is asked of a lesson, in seconds. What
//! looks at the whole book, skeptic above all, is left to `cargo test`.

use anyhow::{Context, Result, anyhow, bail};
use lessons::{Fault, Lesson, Library, Listing};
use runner::{cargo, replay};
use std::path::Path;
use std::time::Instant;
use tokio::process::Command;
use tokio::task::JoinSet;

/// Checks the lessons of these names, or all: what the build says of their files
/// and chapters, format, clippy, claims, transcripts, what rustc says.
///
/// # Errors
/// If a name is no lesson's, or a step found something.
pub async fn check(root: &Path, names: &[String]) -> Result<()> {
    let (library, found) = Library::load(root)?;
    let chosen = library.named(names).map_err(|problem| {
        // A lesson that can't even be read is not in the library.
        let mut found = found;
        found.retain(|fault| is_of(fault, names));
        told(&found)
            .err()
            .unwrap_or_else(|| anyhow!("{}; {}", problem.cause, problem.remedy))
    })?;
    let mut steps = Steps::default();
    steps.say("the book", || faults(root, names, &chosen))?;
    steps.say_of("format", format(root, &chosen)).await;
    steps.say_of("clippy", clippy(root, &chosen)).await;
    steps.say_of("claims", claims(root, &chosen)).await;
    steps.say_of("transcripts", replayed(root, &chosen)).await;
    steps.say("rustc's words", || warnings(root, &chosen))?;
    match steps.failed {
        0 => Ok(()),
        1 => bail!("1 step found something"),
        found => bail!("{found} steps found something"),
    }
}

/// What was checked so far.
#[derive(Default)]
struct Steps {
    failed: usize,
}

impl Steps {
    /// Tells how a step ended and what it took.
    fn tell(&mut self, name: &str, start: Instant, found: Result<()>) {
        let took = start.elapsed().as_secs_f64();
        let sign = if found.is_ok() { "✓" } else { "✗" };
        println!("{sign} {name:<14} {took:>6.1} s");
        if let Err(error) = found {
            self.failed += 1;
            println!("{error:#}");
        }
    }

    fn say(
        &mut self,
        name: &str,
        step: impl FnOnce() -> Result<Vec<Fault>>,
    ) -> Result<()> {
        let start = Instant::now();
        let found = step()?;
        self.tell(name, start, told(&found));
        Ok(())
    }

    async fn say_of(
        &mut self,
        name: &str,
        step: impl Future<Output = Result<()>>,
    ) {
        let start = Instant::now();
        let found = step.await;
        self.tell(name, start, found);
    }
}

fn told(faults: &[Fault]) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
    Err(anyhow!("{}", faults.join("\n")))
}

/// What the build of the book says of the files of these lessons, and of their
/// chapters.
fn faults(
    root: &Path,
    names: &[String],
    lessons: &[&Lesson],
) -> Result<Vec<Fault>> {
    let mut faults = book::check(root)?;
    faults.retain(|fault| {
        let mut chapters = lessons.iter().map(|lesson| {
            Path::new("src").join(&lesson.chapter).with_extension("md")
        });
        is_of(fault, names) || chapters.any(|chapter| fault.file == chapter)
    });
    Ok(faults)
}

/// Whether a fault is in the folder of a lesson of these names; of all, if there
/// are none.
fn is_of(fault: &Fault, names: &[String]) -> bool {
    let lesson = fault.file.iter().nth(2);
    names.is_empty() || names.iter().any(|name| lesson == Some(name.as_ref()))
}

async fn format(root: &Path, lessons: &[&Lesson]) -> Result<()> {
    run(root, &["fmt", "--check"], lessons, &[]).await
}

async fn clippy(root: &Path, lessons: &[&Lesson]) -> Result<()> {
    let what = ["clippy", "--quiet", "--all-targets"];
    run(root, &what, lessons, &["--", "-D", "warnings"]).await
}

/// Each lesson's own tests.
async fn claims(root: &Path, lessons: &[&Lesson]) -> Result<()> {
    run(root, &["test", "--quiet"], lessons, &[]).await
}

/// Runs cargo for the packages of these lessons.
async fn run(
    root: &Path,
    what: &[&str],
    lessons: &[&Lesson],
    more: &[&str],
) -> Result<()> {
    let mut cargo: Command = cargo::command(root).into();
    cargo.args(what);
    for lesson in lessons {
        cargo.args(["--package", &lesson.name]);
    }
    let output = cargo.args(more).output().await;
    let output = output.context("can't start cargo")?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    bail!("{}", String::from_utf8_lossy(&said).trim())
}

/// Runs all listings of these lessons again.
async fn replayed(root: &Path, lessons: &[&Lesson]) -> Result<()> {
    let packages: Vec<&str> =
        lessons.iter().map(|lesson| lesson.name.as_str()).collect();
    let bins = cargo::build_bins(root, &packages)?;
    let mut runs = JoinSet::new();
    let listings = lessons.iter().flat_map(|lesson| &lesson.listings);
    for listing in listings.filter(|listing| listing.compiles()) {
        let bin = listing.bin();
        let program = bins.get(&bin).cloned();
        let program = program.with_context(|| format!("there is no {bin}"))?;
        let (root, listing) = (root.to_path_buf(), Listing::clone(listing));
        runs.spawn(
            async move { replay::replay(&root, &listing, &program).await },
        );
    }
    let mut faults = Vec::new();
    while let Some(ended) = runs.join_next().await {
        faults.extend(ended.context("a run panicked")?.err());
    }
    faults.sort();
    told(&faults)
}

/// Where rustc says something else than is recorded.
fn warnings(root: &Path, lessons: &[&Lesson]) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for listing in lessons.iter().flat_map(|lesson| &lesson.listings) {
        let Some(lint) = &listing.about.warns else {
            continue;
        };
        let package = listing.lesson();
        let said = cargo::warnings(root, package, &listing.bin(), lint)?;
        if Some(said.as_str()) != listing.diagnostics.as_deref() {
            faults.push(Fault::new(
                listing.diagnostics_path(),
                0,
                format!("rustc says something else:\n{said}"),
                format!("run `cargo run -- record {package}`"),
            ));
        }
    }
    Ok(faults)
}
