//! What is done, on disk: so that it is neither lost nor paid for again.

use crate::document::Chunk;
use crate::settings::Settings;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
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
        "{} belongs to {work}; name another file for this one",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// In what its work differs.
        work: String,
    },
    /// Two runs with one file would each pay for all of it.
    #[error(
        "{} is in use by another run; wait for its end, or name another file",
        path.display()
    )]
    InUse {
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

/// The first line of the file: of which work it is. What is saved is whole, so
/// the limit on answers isn't in it, nor the model that helps out. You can raise
/// the one or change the other, and pay for nothing twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// A hash of the chunks and of what is asked about them.
    document: String,
    model: String,
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
    head: Head,
    done: BTreeMap<usize, String>,
    /// Shared with the thread that writes.
    lines: Arc<Mutex<Lines>>,
}

impl Checkpoint {
    /// Reads the file, or makes one, and keeps it from other runs for as long
    /// as this lives. If its last line is not whole, the process was killed
    /// while it wrote: that line is cut off with the next that is added.
    ///
    /// This waits for the disk, so call it in `spawn_blocking`.
    ///
    /// # Errors
    /// If the file is damaged, of other work, in use by another run, or can't
    /// be written.
    pub fn open(
        path: &Path,
        chunks: &[Chunk],
        settings: &Settings,
    ) -> Result<Self, CheckpointError> {
        let path = path.to_path_buf();
        let told = |cause| CheckpointError::Disk {
            path: path.clone(),
            cause,
        };
        let is_new = !path.exists();
        let Some(mut file) = locked(&path).map_err(told)? else {
            return Err(CheckpointError::InUse { path });
        };
        if is_device(&file).map_err(told)? {
            return Err(told(io::Error::other("it is a device")));
        }
        sync_folder(&path).map_err(told)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(told)?;
        let head = Head {
            document: fingerprint(chunks),
            model: settings.model.clone(),
        };
        let found = Found::of(&text, &path, &head)?;
        let lines = Lines {
            path: path.clone(),
            file,
            end: found.end,
            is_new,
        };
        Ok(Self {
            path,
            head,
            done: found.done,
            lines: Arc::new(Mutex::new(lines)),
        })
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
        let (head, text) = (line(&self.head), line(&entry));
        let lines = Arc::clone(&self.lines);
        // std on a thread that may block. tokio's own `File` does the same,
        // but says `Ok` when it has handed the bytes over.
        let save = move || {
            let mut lines = lines.lock().expect("saving doesn't panic");
            lines.append(&head, &text)
        };
        let saved = tokio::task::spawn_blocking(save).await;
        let saved = saved.expect("the runtime lives and saving doesn't panic");
        saved.map_err(|cause| self.disk(cause))?;
        self.done.insert(chunk, entry.summary);
        Ok(())
    }
    // ANCHOR_END: add

    /// Deletes the file: the work is done.
    ///
    /// # Errors
    /// If it is there and stays.
    ///
    /// # Panics
    /// If the runtime is being shut down meanwhile.
    pub async fn remove(self) -> Result<(), CheckpointError> {
        let lines = Arc::clone(&self.lines);
        let remove = move || {
            let mut lines = lines.lock().expect("saving doesn't panic");
            lines.is_new = false; // once is enough
            fs::remove_file(&lines.path)
        };
        let removed = tokio::task::spawn_blocking(remove).await;
        let removed = removed.expect("the runtime lives");
        match removed {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                Err(self.disk(cause))
            }
            _ => Ok(()),
        }
    }

    fn disk(&self, cause: io::Error) -> CheckpointError {
        let path = self.path.clone();
        CheckpointError::Disk { path, cause }
    }
}

/// The file, locked for as long as it is open.
#[derive(Debug)]
struct Lines {
    path: PathBuf,
    file: File,
    /// Where the last whole line ends.
    end: u64,
    /// Whether it was made by this run, and nothing was added.
    is_new: bool,
}

impl Lines {
    // ANCHOR: append
    fn append(&mut self, head: &[u8], text: &[u8]) -> io::Result<()> {
        let mut file = &self.file;
        // A kill or a full disk may have left half a line.
        file.set_len(self.end)?;
        file.seek(SeekFrom::Start(self.end))?;
        if self.end == 0 {
            file.write_all(head)?;
        }
        file.write_all(text)?;
        file.sync_data()?; // a power cut takes nothing back
        self.end = file.stream_position()?;
        self.is_new = false;
        Ok(())
    }
    // ANCHOR_END: append
}

/// A file in which nothing was saved is not left lying about. It is locked
/// until after this, so no other run has begun to use it.
impl Drop for Lines {
    fn drop(&mut self) {
        if self.is_new {
            let _ = fs::remove_file(&self.path); // it is empty
        }
    }
}

/// The file, open and locked; `None` if another run has it. Not for appending:
/// on Windows such a file can be neither locked nor cut.
fn locked(path: &Path) -> io::Result<Option<File>> {
    loop {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
            // Another run may have been done with it, and have deleted it,
            // before we had the lock: what we'd write there is lost.
            Ok(()) if is_at(&file, path)? => return Ok(Some(file)),
            Ok(()) => {}
        }
    }
}

/// Whether it is `/dev/null`, say, which keeps nothing.
#[cfg(unix)]
fn is_device(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::FileTypeExt;
    let kind = file.metadata()?.file_type();
    Ok(kind.is_char_device() || kind.is_block_device())
}

#[cfg(not(unix))]
fn is_device(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// Whether this is the file that has this name.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let ours = file.metadata()?;
    match fs::metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (ours.dev(), ours.ino())),
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    fs::exists(path)
}

/// What a file has.
struct Found {
    done: BTreeMap<usize, String>,
    end: u64,
}

impl Found {
    fn of(
        text: &[u8],
        path: &Path,
        ours: &Head,
    ) -> Result<Self, CheckpointError> {
        let torn = |cause: &dyn fmt::Display| CheckpointError::Torn {
            path: path.to_path_buf(),
            cause: cause.to_string(),
        };
        let mut done = BTreeMap::new();
        let whole = text.iter().rposition(|byte| *byte == b'\n');
        let whole = whole.map_or(0, |at| at + 1);
        let mut lines = text[..whole].split_inclusive(|byte| *byte == b'\n');
        let Some(head) = lines.next() else {
            // Not even one line: the beginning of ours, or somebody else's.
            if line(ours).starts_with(text) {
                return Ok(Self { done, end: 0 });
            }
            return Err(torn(&"its first line is not ours"));
        };
        let head = serde_json::from_slice(head);
        let head: Head = head.map_err(|cause| torn(&cause))?;
        if let Some(work) = head.differs_from(ours) {
            let path = path.to_path_buf();
            return Err(CheckpointError::Foreign { path, work });
        }
        for line in lines {
            let entry = serde_json::from_slice(line);
            let entry: Entry = entry.map_err(|cause| torn(&cause))?;
            done.insert(entry.chunk, entry.summary);
        }
        let end = u64::try_from(whole).expect("a file fits into 64 bits");
        Ok(Self { done, end })
    }
}

impl Head {
    /// Whose work this is, if it isn't the other's.
    fn differs_from(&self, other: &Self) -> Option<String> {
        if self.document != other.document {
            let told = "another document, or to one that is cut otherwise";
            return Some(told.to_owned());
        }
        (self.model != other.model).then(|| {
            format!(
                "the model {}, and this run asks {}",
                self.model, other.model
            )
        })
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
        let folder = folder.unwrap_or(Path::new("."));
        // Some folders can't be read, and some file systems can't sync one.
        let Ok(folder) = File::open(folder) else {
            return Ok(());
        };
        match folder.sync_all() {
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
            synced => synced?,
        }
    }
    Ok(())
}

/// A short hash of the chunks and of what is asked about them.
fn fingerprint(chunks: &[Chunk]) -> String {
    let parts = chunks.iter().map(|chunk| chunk.text.as_str());
    let mut hash = Sha256::new();
    for part in parts.chain([Settings::MAP]) {
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
            text.replacen("\"model\"", "model", 1),
            "My diary".to_owned(),
            "{\"document\":1}\n".to_owned(),
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
        for (chunks, settings, words) in [
            (others, settings(), "another document, or to one"),
            (
                chunks(),
                asked(|it| it.model = "other".into()),
                "the model gpt-4o-mini, and this run asks other",
            ),
        ] {
            let opened = Checkpoint::open(&path, &chunks, &settings);
            let error = opened.expect_err("other work");
            let said = error.to_string();
            assert!(matches!(error, CheckpointError::Foreign { .. }));
            assert!(said.contains(words), "{said}");
        }
        // Only whole answers are saved, so none of these changes one.
        for settings in [
            asked(|it| it.concurrency = 9),
            asked(|it| it.answer_tokens = 7),
            asked(|it| it.fallback = "other".into()),
        ] {
            let opened = Checkpoint::open(&path, &chunks(), &settings);
            assert_eq!(opened.expect("the same work").done().len(), 2);
        }
    }

    /// The second is told before it has paid for anything.
    #[tokio::test]
    async fn two_runs_never_use_one_file() {
        let (_dir, path) = saved().await;
        let mut first = open(&path).expect("it is sound");
        let said = open(&path).expect_err("the first has it").to_string();
        assert!(said.contains("in use by another run"), "{said}");
        first.add(2, "Three.".into()).await.expect("it is saved");
        drop(first);
        assert_eq!(open(&path).expect("it is free").done().len(), 3);
    }

    /// It has opened the file before the first run was done, and gets the lock
    /// after that.
    #[cfg(unix)]
    #[tokio::test]
    async fn a_file_that_was_deleted_meanwhile_is_not_used() {
        let (_dir, path) = saved().await;
        let early = File::open(&path).expect("it is there");
        let gone = open(&path).expect("it is sound").remove().await;
        gone.expect("it goes");
        assert!(!is_at(&early, &path).expect("it can be asked"));
        let mut next = open(&path).expect("a new one");
        assert!(next.done().is_empty());
        next.add(2, "Three.".into()).await.expect("it is saved");
        assert!(!is_at(&early, &path).expect("it can be asked"));
        drop(next);
        assert_eq!(open(&path).expect("it is sound").done().len(), 1);
    }

    #[tokio::test]
    async fn a_file_to_which_nothing_was_added_is_not_left() {
        let (dir, path) = saved().await;
        let left = || fs::read_dir(dir.path()).expect("the folder").count();
        drop(open(&path).expect("it is sound"));
        assert_eq!(left(), 1, "it has two summaries");
        drop(open(&dir.path().join("new.jsonl")).expect("none yet"));
        assert_eq!(left(), 1);
    }

    /// What holds the thread up that writes holds up nobody else.
    #[expect(clippy::await_holding_lock, reason = "this is what hangs")]
    #[tokio::test]
    async fn a_write_that_hangs_lets_others_run() {
        let (_dir, path) = saved().await;
        let mut checkpoint = open(&path).expect("it is sound");
        let lines = Arc::clone(&checkpoint.lines);
        let hangs = lines.lock().expect("no panic within");
        let added = checkpoint.add(2, "Three.".into());
        let limit = std::time::Duration::from_millis(50);
        let added = tokio::time::timeout(limit, added);
        assert!(added.await.is_err());
        drop(hangs);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_refused_and_left_alone() {
        let null = Path::new("/dev/null");
        let said = open(null).expect_err("it keeps nothing").to_string();
        assert!(said.contains("it is a device"), "{said}");
        assert!(null.exists());
    }

    #[test]
    fn an_empty_file_of_the_user_s_is_left_alone() {
        let dir = TempDir::new().expect("a folder");
        let path = dir.path().join("summary.jsonl");
        fs::write(&path, "").expect("it can be written");
        drop(open(&path).expect("it is empty"));
        assert!(path.exists());
    }

    #[test]
    fn a_folder_that_is_not_there_is_said() {
        let path = Path::new("no/such/folder/summary.jsonl");
        let said = open(path).expect_err("no folder").to_string();
        assert!(said.contains("can't use no/such/folder"), "{said}");
    }

    #[tokio::test]
    async fn work_that_is_done_leaves_nothing() {
        let (dir, path) = saved().await;
        let gone = open(&path).expect("it is sound").remove().await;
        gone.expect("it goes");
        let left = fs::read_dir(dir.path()).expect("the folder").count();
        assert_eq!(left, 0);
    }
}
