//! One order of a page: to run a listing or to check its claims, as it is or as
//! the page has edited it.

use crate::order::compile::{self, Compiled, Wanted};
use crate::order::context::{BUILD, Context};
use crate::order::event::{Ended, Event, Verdict, rounded};
use crate::order::failure::Failure;
use crate::order::hint;
use crate::order::live::Live;
use crate::order::report;
use crate::order::slots::Slot;
use crate::order::verdict;
use futures::FutureExt;
use lessons::claim;
use lessons::transcript::End;
use lessons::{Lesson, Listing};
use runner::environment;
use runner::error::Error;
use runner::lines::Printed;
use runner::process::Reach;
use runner::run::{Run, Running};
use runner::scratch::{self, Package};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::process::Command;
use tokio::sync::mpsc::UnboundedSender;

/// How much longer than the longest run of its lesson an edited program may run
/// whose original never ends.
const PATIENCE: Duration = Duration::from_secs(2);

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Run it and hold the run against the recorded one.
    Run,
    /// Run its own tests.
    Check,
}

/// One order.
#[derive(Debug)]
pub struct Order {
    /// What is to be done.
    pub task: Task,
    /// Of which lesson.
    pub lesson: Lesson,
    /// With which listing of it.
    pub listing: Listing,
    /// What the page has made of it, if it has been edited.
    pub source: Option<String>,
    /// The number of the run.
    pub run: u64,
}

/// Does an order and tells of it, until it is done, stopped, or nobody listens.
/// When this returns, no process and no file of it is left.
pub async fn perform(
    context: Arc<Context>,
    order: Order,
    slot: Slot,
    events: UnboundedSender<Event>,
) {
    let accepted = Event::Accepted {
        run: order.run,
        listing: order.listing.id.to_string(),
        edited: order.source.is_some(),
    };
    // Nobody may be listening any more: that ends it below.
    let _ = events.send(accepted);
    let mut package = None;
    let work = Work {
        context: &context,
        order: &order,
        events: &events,
    };
    let done = async { work.done(&mut package).await.map(Event::Ended) };
    let last = until_stopped(done, &slot, &events).await;
    if let (Some(package), Ok(target)) = (package, context.target().await) {
        package.remove(target).await;
    }
    drop(slot);
    let _ = events.send(last);
}

/// Does `work` until it is done, stopped, or nobody listens, and tells how that
/// ended.
pub async fn until_stopped(
    work: impl Future<Output = Result<Event, Failure>>,
    slot: &Slot,
    events: &UnboundedSender<Event>,
) -> Event {
    let done = AssertUnwindSafe(work).catch_unwind();
    tokio::select! {
        done = done => match done {
            Ok(done) => done.unwrap_or_else(Event::from),
            Err(_) => Event::Cut {
                why: "the workbook made a mistake; its terminal says which"
                    .to_owned(),
            },
        },
        () = slot.stopped() => Event::Cut { why: "it was stopped".to_owned() },
        () = events.closed() => Event::Cut { why: "nobody listens".to_owned() },
    }
}

/// An order under way.
struct Work<'w> {
    context: &'w Context,
    order: &'w Order,
    events: &'w UnboundedSender<Event>,
}

/// A program that was built, and the folder to run it in.
struct Built {
    program: PathBuf,
    dir: PathBuf,
}

impl Work<'_> {
    async fn done(
        &self,
        package: &mut Option<Package>,
    ) -> Result<Ended, Failure> {
        let claims = match self.order.task {
            Task::Run => None,
            Task::Check => self.claims().await,
        };
        if claims.as_ref().is_some_and(Vec::is_empty)
            && self.order.listing.compiles()
        {
            return Ok(nothing_to_check());
        }
        let built = self.build(package).await?;
        match (built, self.order.task) {
            (Err(ended), _) => Ok(ended),
            (Ok(built), Task::Run) => self.run(built).await,
            (Ok(built), Task::Check) => {
                self.check(built, &claims.unwrap_or_default()).await
            }
        }
    }

    fn tell(&self, event: Event) {
        // Whether anybody listens is watched elsewhere.
        let _ = self.events.send(event);
    }

    fn text(&self) -> &str {
        let listing = &self.order.listing;
        let source = self.order.source.as_deref();
        source.unwrap_or_else(|| listing.source.text())
    }

    /// What the program's tests claim; `None` if it is no Rust, which is for
    /// rustc to say.
    async fn claims(&self) -> Option<Vec<claim::Claim>> {
        let text = self.text().to_owned();
        let read = tokio::task::spawn_blocking(move || claim::claims(&text));
        match read.await {
            Ok(claims) => claims.ok(),
            Err(error) => panic::resume_unwind(error.into_panic()),
        }
    }

    /// A program that does what was ordered, or how it does not compile.
    async fn build(
        &self,
        package: &mut Option<Package>,
    ) -> Result<Result<Built, Ended>, Failure> {
        let Self { context, order, .. } = self;
        if let Some(source) = &order.source {
            return self.build_edited(source, package).await;
        }
        let program = if context.shares_its_target().await? {
            let text = order.listing.source.text();
            let built = self.build_edited(text, package).await?;
            built.map(|built| built.program)
        } else {
            self.build_as_it_is().await?
        };
        let root = context.root();
        let dir = match order.task {
            Task::Run => root.to_path_buf(),
            Task::Check => root.join(order.listing.dir()),
        };
        Ok(program.map(|program| Built { program, dir }))
    }

    /// The listing's own binary, or how it does not compile.
    async fn build_as_it_is(&self) -> Result<Result<PathBuf, Ended>, Failure> {
        let Self { context, order, .. } = self;
        let target = context.target().await?;
        let root = context.root();
        let bin = order.listing.bin();
        if order.task == Task::Run
            && let Some(program) =
                context.up_to_date.program(root, target, &order.listing)
        {
            return Ok(Ok(program));
        }
        let start = SystemTime::now();
        let mut cargo = environment::cargo(root);
        // Of its package alone, so that it shares with edited programs what
        // cargo compiles for it.
        cargo
            .args(self.task())
            .args(["--package", order.listing.lesson()]);
        cargo.args(["--bin", &bin]);
        if !order.listing.compiles() {
            cargo.args(["--features", "compile-error"]);
        }
        let package = order.listing.lesson();
        let compiled = self.compile(cargo, package, &bin).await?;
        if order.task == Task::Run && compiled.program.is_some() {
            context.up_to_date.confirm(bin, start);
        }
        Ok(self.program(compiled))
    }

    /// What the page has made of it, or how that does not compile. It is a package
    /// of its own, by a name that no other has.
    async fn build_edited(
        &self,
        source: &str,
        package: &mut Option<Package>,
    ) -> Result<Result<Built, Ended>, Failure> {
        let Self { context, order, .. } = self;
        let target = context.target().await?;
        let scratch = context.scratch().await?;
        let made = scratch.package(order.run, &order.listing, source)?;
        let made = package.insert(made);
        let mut cargo = environment::cargo(&made.dir);
        cargo
            .env("CARGO_TARGET_DIR", target)
            // Nothing of it is compiled twice.
            .env("CARGO_INCREMENTAL", "0");
        match order.task {
            // To link what a debugger would read takes a fifth of the time.
            Task::Run if cfg!(target_os = "linux") => {
                cargo.arg("rustc").args(&BUILD[1..]);
                cargo.args(["--package", &made.name, "--bin", &made.name]);
                cargo.args(["--", "-C", "strip=debuginfo"]);
            }
            _ => {
                cargo.args(self.task()).args(["--bin", &made.name]);
            }
        }
        let compiled = self.compile(cargo, &made.name, &made.name).await?;
        Ok(self.program(compiled).map(|program| Built {
            program,
            dir: made.run_dir.clone(),
        }))
    }

    /// What cargo is asked for.
    fn task(&self) -> &'static [&'static str] {
        match self.order.task {
            Task::Run => &BUILD,
            Task::Check => {
                &["test", "--no-run", "--offline", "--message-format=json"]
            }
        }
    }

    async fn compile(
        &self,
        cargo: Command,
        package: &str,
        bin: &str,
    ) -> Result<Compiled, Failure> {
        self.tell(Event::Building);
        let Self { context, .. } = self;
        let wanted = Wanted {
            package,
            bin,
            limit: context.compile_limit,
        };
        let tell = |event| self.tell(event);
        let compiled =
            compile::compile(cargo, wanted, &context.reaper, &tell).await?;
        if !compiled.items.is_empty() {
            self.tell(Event::Diagnostics {
                items: compiled.items.clone(),
            });
        }
        compiled.cut().map_or(Ok(compiled), Err)
    }

    fn program(&self, compiled: Compiled) -> Result<PathBuf, Ended> {
        let Order {
            listing, source, ..
        } = self.order;
        if let Some(program) = compiled.program {
            return Ok(program);
        }
        let hint = source.as_ref().and_then(|_| {
            let crates = scratch::crates(self.context.root(), listing);
            hint::of(compiled.errors(), &crates)
        });
        let edited = source.is_some();
        Err(verdict::of_errors(listing, edited, &compiled, hint))
    }

    async fn run(&self, built: Built) -> Result<Ended, Failure> {
        let Order {
            lesson,
            listing,
            source,
            ..
        } = self.order;
        let own = listing.about.kill_after_s.map(Duration::from_secs_f64);
        let limit = match (own, source) {
            (Some(own), None) => own,
            // What ended it may have been put right.
            (Some(_), Some(_)) => {
                Duration::from_secs_f64(lesson.scale()) + PATIENCE
            }
            (None, _) => self.context.run_limit,
        };
        let command = environment::program(&built.program);
        let mut live = Live::new(lesson, listing);
        let run = self
            .follow(command, &built.dir, limit, |printed| {
                self.tell(printed.into());
                if let Printed::Line(line) = printed
                    && let Some(drawn) = live.add(line)
                {
                    self.tell(drawn);
                }
            })
            .await?;
        self.tell(live.end(&run));
        if own.is_none() {
            in_time(&run, limit)?;
        }
        Ok(verdict::of_run(listing, source.as_deref(), &run))
    }

    async fn check(
        &self,
        built: Built,
        claims: &[claim::Claim],
    ) -> Result<Ended, Failure> {
        let mut command = environment::program(&built.program);
        command.args(["--color", "never"]);
        let limit = self.context.run_limit;
        let run = self
            .follow(command, &built.dir, limit, |printed| {
                if let Printed::Line(line) = printed
                    && let Some(ended) = report::test(&line.text, claims)
                {
                    self.tell(ended);
                }
            })
            .await?;
        in_time(&run, limit)?;
        for failure in report::failures(&run.lines) {
            self.tell(failure);
        }
        let tally = report::Tally::of(&run.lines);
        Ok(Ended {
            took: Some(rounded(run.took)),
            how: run.end.to_string(),
            recorded: None,
            claim: Some(Verdict::from(tally.all_pass(run.end))),
            why: tally.in_words(run.end),
            diff: None,
        })
    }

    /// Starts a program and passes on what it prints as it comes.
    async fn follow(
        &self,
        mut command: Command,
        dir: &Path,
        limit: Duration,
        heard: impl FnMut(&Printed),
    ) -> Result<Run, Failure> {
        command.current_dir(dir);
        let running = Running::start(command, Reach::Group)
            .map_err(|error| cant_run(&error.into()))?;
        let _ward = self.context.reaper.watch(running.id());
        self.tell(Event::Started);
        let run = running.end(limit, heard).await;
        run.map_err(|error| cant_run(&error))
    }
}

/// How a check ends of a listing that is held by its transcript alone.
fn nothing_to_check() -> Ended {
    Ended {
        took: None,
        how: "not run".to_owned(),
        recorded: None,
        claim: None,
        why:
            "it has no tests of its own: run it, and its recorded run holds it"
                .to_owned(),
        diff: None,
    }
}

fn cant_run(error: &Error) -> Failure {
    match error {
        Error::Io(error) => {
            Failure::Refused(format!("the program can't be run: {error}"))
        }
        Error::TooMuch(_) => Failure::Cut(error.to_string()),
    }
}

/// What was killed by the limit that all runs have was cut off.
fn in_time(run: &Run, limit: Duration) -> Result<(), Failure> {
    if run.end == End::Killed {
        return Err(Failure::Cut(format!(
            "it had not ended after {} s, which is the longest that a run may \
             take, and was stopped",
            limit.as_secs()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::slots::Slots;
    use tokio::sync::mpsc;

    #[tokio::test]
    async fn a_panic_is_the_failure_of_its_own_order() {
        let slots = Arc::new(Slots::default());
        let slot = slots.admit("a", "x", 1).expect("it is free");
        let (events, _told) = mpsc::unbounded_channel();
        let work = async { panic!("in one order") };
        let last = until_stopped(work, &slot, &events).await;
        let Event::Cut { why } = last else {
            panic!("{last:?}");
        };
        assert!(why.contains("the workbook made a mistake"), "{why}");
        drop(slot);
        assert!(slots.admit("a", "x", 1).is_ok(), "its slot is free again");
    }
}
