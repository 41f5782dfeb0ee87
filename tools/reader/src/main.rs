//! `cargo run`: the workbook's one command.

mod commands;
mod server;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use lessons::book;
use lessons::fault::Faults;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Reads, builds and records the workbook. Without a command: builds the book,
/// serves it and opens it in the browser.
#[derive(Parser)]
#[command(name = "workbook", bin_name = "cargo run --", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// Don't open the browser.
    #[arg(long)]
    no_open: bool,

    /// The port on 127.0.0.1; 0 takes any free one.
    #[arg(long, default_value_t = 3000)]
    port: u16,

    /// The folder with book.toml and listings/ [default: the one at or above
    /// this folder]
    #[arg(long, global = true, value_name = "DIR")]
    root: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Write the static site, for any web host, under any path.
    Build {
        /// The folder to write it to; what is in it is replaced.
        #[arg(long, value_name = "DIR", default_value = "target/book")]
        out: PathBuf,
    },
    /// List every listing with its claims.
    Lessons {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Run listings and write their transcripts anew.
    Record {
        /// The lessons to record; all if none is named.
        lessons: Vec<String>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            match error.downcast_ref::<Faults>() {
                Some(faults) => eprintln!("{faults}"),
                None => eprintln!("error: {error:#}"),
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<()> {
    let root = root(arguments.root)?;
    match arguments.command {
        None => {
            let address = (Ipv4Addr::LOCALHOST, arguments.port).into();
            server::serve(&root, address, !arguments.no_open).await
        }
        Some(Command::Build { out }) => commands::build(&root, &out),
        Some(Command::Lessons { json }) => commands::list(&root, json),
        Some(Command::Record { lessons }) => {
            commands::record(&root, &lessons).await
        }
    }
}

/// The folder of the workbook: as named, or found from here upwards, or where
/// this program was built.
fn root(named: Option<PathBuf>) -> Result<PathBuf> {
    if let Some(dir) = named {
        let found = dir.join("book.toml").is_file();
        return found.then_some(dir.clone()).with_context(|| {
            format!(
                "{} has no book.toml: name the workbook's folder",
                dir.display()
            )
        });
    }
    let here = std::env::current_dir().context("there is no current folder")?;
    book::root_above(&here)
        .or_else(|| book::root_above(env!("CARGO_MANIFEST_DIR").as_ref()))
        .context(
            "this is not the workbook's folder: change into it, or name it \
             with --root DIR",
        )
}
