//! Notices when a file changes that the book is made of.

use anyhow::{Context, Result};
use notify_debouncer_full::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{
    DebounceEventResult, DebouncedEvent, Debouncer, RecommendedCache,
    new_debouncer,
};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;

/// How long files must rest after a change before the book is built again.
const REST: Duration = Duration::from_millis(200);

/// Watches as long as it is held.
pub type Watch = Debouncer<RecommendedWatcher, RecommendedCache>;

/// Sends a word whenever a file that the book is made of has changed.
///
/// # Errors
/// If the system can't watch.
pub fn watch(root: &Path, changes: mpsc::UnboundedSender<()>) -> Result<Watch> {
    let heard = move |events: DebounceEventResult| {
        // A build reads every file: that must not start another.
        let is_change = |events: Vec<DebouncedEvent>| {
            events.iter().any(|event| !event.kind.is_access())
        };
        if events.is_ok_and(is_change) {
            // Nobody listens only once the server ends.
            let _ = changes.send(());
        }
    };
    let mut watch =
        new_debouncer(REST, None, heard).context("can't watch for changes")?;
    let recursive = RecursiveMode::Recursive;
    let watched: [(PathBuf, RecursiveMode); 4] = [
        (root.join("src"), recursive),
        (root.join("listings"), recursive),
        (root.join("tools/book/page"), recursive),
        (root.join("book.toml"), RecursiveMode::NonRecursive),
    ];
    for (path, mode) in watched.into_iter().filter(|(path, _)| path.exists()) {
        watch
            .watch(&path, mode)
            .with_context(|| format!("can't watch {}", path.display()))?;
    }
    Ok(watch)
}
