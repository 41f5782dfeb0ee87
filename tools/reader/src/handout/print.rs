//! A chapter as a handout, printed when a page asks for it.
//!
//! `cargo run --package handouts` does that. Its first build takes minutes and
//! needs the web, since it builds a typesetter; what cargo says meanwhile is
//! passed on.

use crate::order::compile;
use crate::order::context::Context;
use crate::order::event::Event;
use crate::order::failure::Failure;
use crate::order::perform::until_stopped;
use crate::order::slots::Slot;
use runner::environment;
use runner::reaper::Reaper;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::mpsc::UnboundedSender;

/// Where the PDFs are, from the workbook's folder, and on the server.
pub const FOLDER: &str = "target/handouts";

/// The page that has a run under way while something is printed.
pub const SLOT: &str = "handouts";

/// How many lines of what cargo said last are told where it fails.
const LAST_WORDS: usize = 12;

/// Whether the workbook has a chapter with this stem: `ch01-two-kitchens`.
pub fn is_chapter(root: &Path, stem: &str) -> bool {
    let entries = std::fs::read_dir(root.join("src")).into_iter().flatten();
    // The name is compared, never made a path of.
    entries
        .flatten()
        .any(|entry| entry.file_name().to_str() == Some(&format!("{stem}.md")))
}

/// Prints the chapter `stem` and tells of it, until it is done, stopped, or
/// nobody listens.
pub async fn perform(
    context: Arc<Context>,
    stem: String,
    slot: Slot,
    events: UnboundedSender<Event>,
) {
    let accepted = Event::Accepted {
        run: slot.run,
        listing: stem.clone(),
        edited: false,
    };
    // Nobody may be listening any more: that ends it below.
    let _ = events.send(accepted);
    let done = print(context.root(), &stem, &context.reaper, &events);
    let last = until_stopped(done, &slot, &events).await;
    drop(slot);
    let _ = events.send(last);
}

async fn print(
    root: &Path,
    stem: &str,
    reaper: &Reaper,
    events: &UnboundedSender<Event>,
) -> Result<Event, Failure> {
    let mut cargo = environment::whole_cargo(root);
    cargo.args(["run", "--package", "handouts", "--", stem]);
    cargo.args(["--edition", "student", "--out", FOLDER]);
    let (mut process, _ward) = compile::start(cargo, reaper)?;
    let (stdout, stderr) = (process.stdout(), process.stderr());
    // What the press itself prints is for a terminal: the page sees the PDF.
    let (words, _) =
        tokio::join!(pass_on(stderr, events), compile::read_all(stdout));
    let ended = process.wait().await;
    let status = ended.map_err(|error| compile::not_started(&error))?;
    let file = format!("{stem}.pdf");
    if status.success() && root.join(FOLDER).join(&file).is_file() {
        return Ok(Event::Printed {
            href: format!("/handouts/{file}"),
            file,
        });
    }
    let last = words.len().saturating_sub(LAST_WORDS);
    Err(Failure::Refused(format!(
        "the handout can't be printed:\n{}",
        words[last..].join("\n")
    )))
}

/// Passes on each line as it comes, and keeps them.
async fn pass_on(
    stderr: Option<impl AsyncRead + Unpin>,
    events: &UnboundedSender<Event>,
) -> Vec<String> {
    let mut all = Vec::new();
    let Some(stderr) = stderr else { return all };
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let text = line.trim().to_owned();
        // Whether anybody listens is watched elsewhere.
        let _ = events.send(Event::Progress { text: text.clone() });
        all.push(text);
    }
    all
}
