//! `cargo run -p handouts`: writes the printed course.

use anyhow::Result;
use clap::Parser;
use handouts::course::{self, Edition, Paper, PrintOrder};
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes the course to print: a sheet a chapter and the whole course for
/// students, a copy for instructors, and a page with links to them.
#[derive(Parser)]
#[command(name = "handouts", bin_name = "cargo run -p handouts --", version)]
struct Arguments {
    /// The chapters to print, as ch01; all if none is named.
    chapters: Vec<String>,

    /// What is printed on.
    #[arg(long, value_enum, default_value_t)]
    paper: Paper,

    /// For whom [default: a chapter for students, the whole course for both]
    #[arg(long, value_enum)]
    edition: Option<Edition>,

    /// The folder to write to.
    #[arg(long, value_name = "DIR", default_value = "target/handouts")]
    out: PathBuf,

    /// The folder with book.toml and listings/ [default: the one at or above
    /// this folder]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

fn main() -> ExitCode {
    book::exit(run(Arguments::parse()))
}

fn run(arguments: Arguments) -> Result<()> {
    let root = book::root(arguments.root)?;
    let out = arguments.out;
    let order = PrintOrder {
        chapters: arguments.chapters,
        paper: arguments.paper,
        edition: arguments.edition,
    };
    let printed = course::print(&root, &order, &out, |one| {
        println!("{:>4} pages  {}", one.pages, out.join(&one.file).display());
    })?;
    println!("{} PDFs are in {}", printed.len(), out.display());
    Ok(())
}
