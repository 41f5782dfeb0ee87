//! `cargo run`: the workbook's one command.
//!
//! # Layout
//!
//! - [`serve`]: the book on this machine, built again when a file changes; who
//!   may do what with it
//! - [`api`]: what a page may ask for
//! - [`order`]: one order of a page, from its acceptance to its end
//! - [`handout`]: a chapter to print
//! - [`author`]: a chapter or a lesson begun, and checked on every save
//! - [`commands`], [`llm_server`]: the commands that do one thing and end
//!
//! `serve` uses `api`, which uses `handout` and `order`; no module uses one that
//! uses it. `page/` is what only this server's pages get.

mod api;
mod author;
mod commands;
mod handout;
mod llm_server;
mod order;
mod serve;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Builds, serves, records, begins and checks the workbook. Without a command:
/// builds the book, serves it and opens it in the browser.
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

    /// How many seconds cargo may compile for a page.
    #[arg(long, hide = true, default_value_t = 60)]
    compile_limit: u64,

    /// How many seconds a program may run for a page.
    #[arg(long, hide = true, default_value_t = 90)]
    run_limit: u64,

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
    /// Run listings and write their transcripts again.
    Record {
        /// The lessons to record; all if none is named.
        lessons: Vec<String>,
    },
    /// Begin a chapter or a lesson.
    New {
        #[command(subcommand)]
        what: author::New,
    },
    /// Check a lesson: faults, format, clippy, claims, transcripts.
    Check {
        /// The lessons to check; all if none is named.
        lessons: Vec<String>,
    },
    /// Serve the scripted LLM server that chapters 17 and 21 call.
    LlmServer(llm_server::LlmServerOptions),
    /// End what a server has started, once that is gone.
    #[command(hide = true)]
    Reaper,
}

fn main() -> ExitCode {
    book::exit(start(Arguments::parse()))
}

fn start(arguments: Arguments) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("can't start any threads")?;
    let done = runtime.block_on(run(arguments));
    // A build that is under way is not waited for.
    runtime.shutdown_background();
    done
}

async fn run(arguments: Arguments) -> Result<()> {
    let root = || book::root(arguments.root);
    match arguments.command {
        None => {
            let options = serve::ServeOptions {
                address: (Ipv4Addr::LOCALHOST, arguments.port).into(),
                open: !arguments.no_open,
                compile_limit: Duration::from_secs(arguments.compile_limit),
                run_limit: Duration::from_secs(arguments.run_limit),
            };
            serve::serve(&root()?, options).await
        }
        Some(Command::Build { out }) => commands::build(&root()?, &out),
        Some(Command::Lessons { json }) => commands::list(&root()?, json),
        Some(Command::Record { lessons }) => {
            commands::record(&root()?, &lessons).await
        }
        Some(Command::New { what }) => author::new(&root()?, what),
        Some(Command::Check { lessons }) => {
            author::check(&root()?, &lessons).await
        }
        // These two have no workbook.
        Some(Command::LlmServer(options)) => llm_server::serve(options).await,
        Some(Command::Reaper) => {
            runner::reaper::watch(std::io::stdin().lock());
            Ok(())
        }
    }
}
