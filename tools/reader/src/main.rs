//! `cargo run`: the workbook's one command.

mod api;
mod commands;
mod compile;
mod desk;
mod early;
mod environment;
mod event;
mod fresh;
mod guard;
mod handout;
mod job;
mod live;
mod llm_server;
mod page;
mod report;
mod scratch;
mod server;
mod sheets;
mod verdict;
mod warden;
mod workshop;

use anyhow::Result;
use clap::{Parser, Subcommand};
use lessons::book;
use lessons::fault;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

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
    /// Run listings and write their transcripts anew.
    Record {
        /// The lessons to record; all if none is named.
        lessons: Vec<String>,
    },
    /// Serve the scripted LLM server that chapters 17 and 18 call.
    LlmServer(llm_server::Terms),
    /// End what a server has started, once that is gone.
    #[command(hide = true)]
    Warden,
}

#[tokio::main]
async fn main() -> ExitCode {
    fault::exit(run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<()> {
    let root = || book::root(arguments.root);
    match arguments.command {
        None => {
            let terms = server::Terms {
                address: (Ipv4Addr::LOCALHOST, arguments.port).into(),
                open: !arguments.no_open,
                compile_limit: Duration::from_secs(arguments.compile_limit),
                run_limit: Duration::from_secs(arguments.run_limit),
            };
            server::serve(&root()?, terms).await
        }
        Some(Command::Build { out }) => commands::build(&root()?, &out),
        Some(Command::Lessons { json }) => commands::list(&root()?, json),
        Some(Command::Record { lessons }) => {
            commands::record(&root()?, &lessons).await
        }
        // These two have no workbook.
        Some(Command::LlmServer(terms)) => llm_server::serve(terms).await,
        Some(Command::Warden) => {
            warden::watch(std::io::stdin().lock());
            Ok(())
        }
    }
}
