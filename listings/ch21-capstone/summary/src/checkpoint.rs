//! What is done, on disk: so that it is neither lost nor paid for again.

use crate::document::Chunk;
use crate::settings::Settings;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a checkpoint can't be used.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file is not what [`Checkpoint::add`] writes.
    #[error(
        "{} is damaged: {cause}; delete it to begin again, or name another file",
        path.display()
    )]
    Torn {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// The file is of other work.
    #[error(
        "{} belongs to another document, or to other settings; name another \
         file for this one",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file can't be read or written.
    #[error(
        "can't use {}: {cause}; name a file in a folder that can be written",
        path.display()
    )]
    Disk {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
}

/// The first line of the file: of which work it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    work: String,
}

/// Each line after that: a summary, by the number of its chunk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    chunk: usize,
    summary: String,
}

/// The summaries that are done, and the file that has them, a line each.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    work: String,
    done: BTreeMap<usize, String>,
    /// Open once there is something to write.
    file: Option<File>,
    /// Where the last whole line ends.
    end: u64,
}

impl Checkpoint {
    /// Reads the file, if there is one. If its last line is not whole, the
    /// process was killed while it wrote: that line is cut off.
    ///
    /// # Errors
    /// If the file is damaged, of other work, or not readable.
    pub fn open(
        path: &Path,
        chunks: &[Chunk],
        settings: &Settings,
    ) -> Result<Self, CheckpointError> {
        let mut this = Self {
            path: path.to_path_buf(),
            work: fingerprint(chunks, settings),
            done: BTreeMap::new(),
            file: None,
            end: 0,
        };
        match fs::read(path) {
            Ok(text) => this.read(&text)?,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(this.disk(cause)),
        }
        Ok(this)
    }

    fn read(&mut self, text: &[u8]) -> Result<(), CheckpointError> {
        let whole = text.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |at| at + 1);
        let mut lines = text[..whole].split_inclusive(|byte| *byte == b'\n');
        let Some(head) = lines.next() else {
            // Not even one line: the beginning of ours, or somebody else's.
            if self.head().starts_with(text) {
                return Ok(());
            }
            return Err(self.torn(&"its first line is not ours"));
        };
        let head: Head = self.parsed(head)?;
        if head.work != self.work {
            let path = self.path.clone();
            return Err(CheckpointError::Foreign { path });
        }
        for line in lines {
            let entry: Entry = self.parsed(line)?;
            self.done.insert(entry.chunk, entry.summary);
        }
        self.end = u64::try_from(whole).expect("a file fits into 64 bits");
        Ok(())
    }

    fn parsed<'l, T: Deserialize<'l>>(
        &self,
        line: &'l [u8],
    ) -> Result<T, CheckpointError> {
        let parsed = serde_json::from_slice(line);
        parsed.map_err(|cause| self.torn(&cause))
    }

    fn torn(&self, cause: &dyn fmt::Display) -> CheckpointError {
        CheckpointError::Torn {
            path: self.path.clone(),
            cause: cause.to_string(),
        }
    }

    fn disk(&self, cause: io::Error) -> CheckpointError {
        let path = self.path.clone();
        CheckpointError::Disk { path, cause }
    }

    fn head(&self) -> Vec<u8> {
        let work = self.work.clone();
        line(&Head { work })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The summaries by the number of their chunk.
    #[must_use]
    pub fn done(&self) -> &BTreeMap<usize, String> {
        &self.done
    }

    /// Saves a summary: when this returns, it is on the disk.
    ///
    /// # Errors
    /// If the file can't be written. What it had before, it still has.
    ///
    /// # Panics
    /// If the runtime is being shut down meanwhile.
    // ANCHOR: add
    pub async fn add(
        &mut self,
        chunk: usize,
        summary: String,
    ) -> Result<(), CheckpointError> {
        let entry = Entry { chunk, summary };
        let text = line(&entry);
        // It comes back with the line on disk. After a failure there may be
        // half a line, so the file is opened again, and that is cut off.
        let (open, file) = (self.opening(), self.file.take());
        // std on a thread that may block. tokio's own `File` does the same,
        // but says `Ok` when it has handed the bytes over.
        let save = move || {
            let mut file = file.map_or_else(open, Ok)?;
            file.write_all(&text)?;
            file.sync_data()?; // a power cut takes nothing back
            Ok((file.metadata()?.len(), file))
        };
        let saved = tokio::task::spawn_blocking(save).await;
        let saved = saved.expect("the runtime lives and saving doesn't panic");
        let (end, file) = saved.map_err(|cause| self.disk(cause))?;
        (self.end, self.file) = (end, Some(file));
        self.done.insert(chunk, entry.summary);
        Ok(())
    }
    // ANCHOR_END: add

    /// What opens the file, ready for one more line.
    fn opening(&self) -> impl FnOnce() -> io::Result<File> + use<> {
        let (path, end, head) = (self.path.clone(), self.end, self.head());
        move || {
            let mut options = File::options();
            let mut file = options.create(true).append(true).open(&path)?;
            // Two runs that write one file would each pay for all of it.
            file.try_lock().map_err(|error| match error {
                TryLockError::Error(error) => error,
                TryLockError::WouldBlock => {
                    io::Error::other("another run is writing it")
                }
            })?;
            file.set_len(end)?;
            if end == 0 {
                file.write_all(&head)?;
                file.sync_all()?;
                sync_folder(&path)?;
            }
            Ok(file)
        }
    }

    /// Deletes the file: the work is done.
    ///
    /// # Errors
    /// If it is there and stays.
    pub fn remove(self) -> Result<(), CheckpointError> {
        match fs::remove_file(&self.path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                Err(self.disk(cause))
            }
            _ => Ok(()),
        }
    }
}

fn line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("text and numbers");
    line.push(b'\n');
    line
}

/// A new file's name is in its folder, so that goes to the disk as well. Only
/// Unix can open a folder.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|dir| *dir != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// A short hash of all that changes an answer: the chunks, the question, the
/// models and the limit on the answer.
fn fingerprint(chunks: &[Chunk], settings: &Settings) -> String {
    let limit = settings.answer_tokens.to_string();
    let asks = [
        Settings::MAP,
        settings.model.as_str(),
        settings.fallback.as_str(),
        limit.as_str(),
    ];
    let parts = chunks.iter().map(|chunk| chunk.text.as_str());
    let mut hash = Sha256::new();
    for part in parts.chain(asks) {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let bytes = hash.finalize()[..8].try_into().expect("it has 32");
    format!("{:016x}", u64::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn chunks() -> Vec<Chunk> {
        crate::document::cut("One.\n\nTwo.\n\nThree.\n", 4)
    }

    fn settings() -> Settings {
        Settings::from(|_| None).expect("the defaults")
    }

    fn open(path: &Path) -> Result<Checkpoint, CheckpointError> {
        Checkpoint::open(path, &chunks(), &settings())
    }

    /// A file in a folder of its own, with two summaries.
    async fn saved() -> (TempDir, PathBuf) {
        let dir = TempDir::new().expect("a folder");
        let path = dir.path().join("summary.jsonl");
        let mut checkpoint = open(&path).expect("none yet");
        for (chunk, summary) in [(1, "Two."), (0, "One.\n")] {
            let added = checkpoint.add(chunk, summary.to_owned()).await;
            added.expect("it is saved");
        }
        (dir, path)
    }

    #[tokio::test]
    async fn what_was_added_is_there_again() {
        let (_dir, path) = saved().await;
        let again = open(&path).expect("it is sound");
        let expected = [(0, "One.\n".to_owned()), (1, "Two.".to_owned())];
        assert_eq!(again.done(), &expected.into());
    }

    /// Killed at any byte: what was whole is there, and the next run goes on
    /// behind it.
    #[tokio::test]
    async fn a_last_line_that_was_cut_short_is_done_again() {
        let (_dir, path) = saved().await;
        let text = fs::read(&path).expect("it is there");
        let ends: Vec<usize> =
            (0..text.len()).filter(|at| text[*at] == b'\n').collect();
        for length in 0..=text.len() {
            fs::write(&path, &text[..length]).expect("it can be torn");
            let mut torn = open(&path).expect("what is whole is sound");
            let whole = ends.iter().filter(|at| **at < length).count();
            assert_eq!(torn.done().len(), whole.saturating_sub(1));
            torn.add(2, "Three.".to_owned()).await.expect("it is saved");
            drop(torn);
            let again = open(&path).expect("it is sound");
            assert_eq!(again.done()[&2], "Three.", "cut at {length}");
            assert_eq!(again.done().len(), whole.max(1), "cut at {length}");
        }
    }

    #[tokio::test]
    async fn a_damaged_file_is_named_with_what_to_do() {
        let (_dir, path) = saved().await;
        let text = fs::read_to_string(&path).expect("it is there");
        let damaged = [
            text.replacen("chunk", "chink", 1),
            text.replacen("\"work\"", "work", 1),
            "My diary".to_owned(),
            "{\"work\":1}\n".to_owned(),
        ];
        for text in damaged {
            fs::write(&path, &text).expect("it can be written");
            let error = open(&path).expect_err("it is damaged");
            let said = error.to_string();
            assert!(matches!(error, CheckpointError::Torn { .. }), "{said}");
            assert!(said.contains("summary.jsonl is damaged"), "{said}");
            assert!(said.contains("delete it to begin again"), "{said}");
            let kept = fs::read_to_string(&path).expect("it is there");
            assert_eq!(kept, text, "it is left alone");
        }
    }

    #[tokio::test]
    async fn a_file_of_other_work_is_not_taken() {
        let (_dir, path) = saved().await;
        let others = crate::document::cut("Another tale.\n", 4);
        let asked = |change: fn(&mut Settings)| {
            let mut settings = settings();
            change(&mut settings);
            settings
        };
        for (chunks, settings) in [
            (others, settings()),
            (chunks(), asked(|it| it.model = "other".into())),
            (chunks(), asked(|it| it.fallback = "other".into())),
            (chunks(), asked(|it| it.answer_tokens = 7)),
        ] {
            let opened = Checkpoint::open(&path, &chunks, &settings);
            let error = opened.expect_err("other work");
            let said = error.to_string();
            assert!(matches!(error, CheckpointError::Foreign { .. }));
            assert!(said.contains("belongs to another document"), "{said}");
        }
        // The number of calls at once changes no answer.
        let faster = asked(|it| it.concurrency = 9);
        let opened = Checkpoint::open(&path, &chunks(), &faster);
        opened.expect("the same work");
    }

    #[tokio::test]
    async fn two_runs_never_write_one_file() {
        let (_dir, path) = saved().await;
        let mut first = open(&path).expect("it is sound");
        let mut second = open(&path).expect("it is sound");
        first.add(2, "Three.".into()).await.expect("it is saved");
        let error = second.add(2, "Three.".into()).await;
        let said = error.expect_err("the first has it").to_string();
        assert!(said.contains("another run is writing it"), "{said}");
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_said() {
        let path = Path::new("no/such/folder/summary.jsonl");
        let mut none = open(path).expect("none yet");
        let error = none.add(0, "One.".to_owned()).await;
        let said = error.expect_err("no folder").to_string();
        assert!(said.contains("can't use no/such/folder"), "{said}");
    }

    #[tokio::test]
    async fn work_that_is_done_leaves_nothing() {
        let (dir, path) = saved().await;
        open(&path).expect("it is sound").remove().expect("it goes");
        let left = fs::read_dir(dir.path()).expect("the folder").count();
        assert_eq!(left, 0);
    }
}
