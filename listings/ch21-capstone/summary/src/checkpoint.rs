//! What is done, on disk: so that it is neither lost nor paid for again.

use crate::document::Chunk;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a checkpoint can't be used.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file is not what [`Checkpoint::save`] writes.
    #[error(
        "{} is damaged: {cause}; delete it to begin anew, or name another file",
        path.display()
    )]
    Torn {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: serde_json::Error,
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

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    /// Of which work.
    work: String,
    /// The summaries by the number of their chunk.
    done: BTreeMap<usize, String>,
}

/// The summaries that are done, and the file that has them.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    path: PathBuf,
    saved: Saved,
}

impl Checkpoint {
    /// Reads the file, if there is one.
    ///
    /// `asks` is what is asked of each chunk: another question is other work.
    ///
    /// # Errors
    /// If the file is damaged, of other work, or not readable.
    pub fn open(
        path: &Path,
        chunks: &[Chunk],
        asks: &str,
    ) -> Result<Self, CheckpointError> {
        let work = fingerprint(chunks, asks);
        let path = path.to_path_buf();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                let saved = Saved {
                    work,
                    ..Saved::default()
                };
                return Ok(Self { path, saved });
            }
            Err(cause) => return Err(CheckpointError::Disk { path, cause }),
        };
        match serde_json::from_slice::<Saved>(&text) {
            Err(cause) => Err(CheckpointError::Torn { path, cause }),
            Ok(saved) if saved.work != work => {
                Err(CheckpointError::Foreign { path })
            }
            Ok(saved) => Ok(Self { path, saved }),
        }
    }

    /// The file that the program is told to use, or else one of its own: two
    /// runs at once do not disturb each other.
    #[must_use]
    pub fn place(named: Option<OsString>) -> PathBuf {
        let own = format!("summary-{}.json", std::process::id());
        let own = std::env::temp_dir().join(own);
        named.map_or(own, PathBuf::from)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The summaries by the number of their chunk.
    #[must_use]
    pub fn done(&self) -> &BTreeMap<usize, String> {
        &self.saved.done
    }

    /// Adds a summary and saves all of them.
    ///
    /// # Errors
    /// If the file can't be written: then the one on disk is as it was.
    ///
    /// # Panics
    /// If the runtime is being shut down meanwhile.
    pub async fn add(
        &mut self,
        index: usize,
        summary: String,
    ) -> Result<(), CheckpointError> {
        self.saved.done.insert(index, summary);
        let copy = self.clone();
        // A disk may keep a thread for as long as it likes: not this one.
        tokio::task::spawn_blocking(move || copy.save())
            .await
            .expect("the runtime lives and saving does not panic")
    }

    // ANCHOR: save
    /// Writes the file so that it is there as a whole or not at all, whenever
    /// the power goes.
    fn save(&self) -> Result<(), CheckpointError> {
        let write = || {
            let beside = self.path.with_extension("partial");
            let mut file = File::create(&beside)?;
            file.write_all(&serde_json::to_vec_pretty(&self.saved)?)?;
            // Or else the new name may be on disk before what it names.
            file.sync_all()?;
            fs::rename(&beside, &self.path)?;
            sync_folder(&self.path)
        };
        write().map_err(|cause| CheckpointError::Disk {
            path: self.path.clone(),
            cause,
        })
    }
    // ANCHOR_END: save

    /// Deletes the file: the work is done.
    ///
    /// # Errors
    /// If it is there and stays.
    pub fn remove(self) -> Result<(), CheckpointError> {
        match fs::remove_file(&self.path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                Err(CheckpointError::Disk {
                    path: self.path,
                    cause,
                })
            }
            _ => Ok(()),
        }
    }
}

/// The folder has the name on disk, too. Only Unix opens folders.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|dir| *dir != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// A short hash of what is asked about what.
fn fingerprint(chunks: &[Chunk], asks: &str) -> String {
    let mut hash = Sha256::new();
    let parts = chunks.iter().map(|chunk| chunk.text.as_str());
    for part in parts.chain([asks]) {
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

    /// A checkpoint in a folder of its own, with one summary.
    async fn saved() -> (TempDir, Checkpoint) {
        let dir = TempDir::new().expect("a folder");
        let path = dir.path().join("summary.json");
        let mut checkpoint =
            Checkpoint::open(&path, &chunks(), "Sum up.").expect("none yet");
        let added = checkpoint.add(1, "Two.".to_owned()).await;
        added.expect("it is saved");
        (dir, checkpoint)
    }

    #[tokio::test]
    async fn what_was_added_is_there_again() {
        let (_dir, checkpoint) = saved().await;
        let again = Checkpoint::open(checkpoint.path(), &chunks(), "Sum up.");
        let again = again.expect("it is sound");
        assert_eq!(again.done(), &[(1, "Two.".to_owned())].into());
    }

    #[tokio::test]
    async fn a_torn_file_is_named_with_what_to_do() {
        let (_dir, checkpoint) = saved().await;
        let path = checkpoint.path();
        let text = fs::read_to_string(path).expect("it is there");
        for length in 0..text.len() {
            fs::write(path, &text[..length]).expect("it can be torn");
            let error = Checkpoint::open(path, &chunks(), "Sum up.")
                .expect_err("half a file");
            let said = error.to_string();
            assert!(matches!(error, CheckpointError::Torn { .. }));
            assert!(said.contains("summary.json is damaged"), "{said}");
            assert!(said.contains("delete it to begin anew"), "{said}");
        }
    }

    #[tokio::test]
    async fn a_file_of_other_work_is_not_taken() {
        let (_dir, checkpoint) = saved().await;
        let path = checkpoint.path();
        let others = crate::document::cut("Another tale.\n", 4);
        for (chunks, asks) in [(others, "Sum up."), (chunks(), "Translate.")] {
            let error =
                Checkpoint::open(path, &chunks, asks).expect_err("other work");
            let said = error.to_string();
            assert!(matches!(error, CheckpointError::Foreign { .. }));
            assert!(said.contains("belongs to another document"), "{said}");
        }
    }

    #[tokio::test]
    async fn a_write_that_was_cut_short_leaves_the_last_one() {
        let (dir, checkpoint) = saved().await;
        // So far a killed process may have come.
        let beside = dir.path().join("summary.partial");
        fs::write(&beside, "{\"work\": ").expect("it can be written");
        let again = Checkpoint::open(checkpoint.path(), &chunks(), "Sum up.");
        let mut again = again.expect("the last one is whole");
        again.add(0, "One.".to_owned()).await.expect("it is saved");
        assert_eq!(again.done().len(), 2);
        assert!(!beside.exists());
    }

    #[tokio::test]
    async fn a_folder_that_is_not_there_is_said() {
        let path = Path::new("no/such/folder/summary.json");
        let mut none =
            Checkpoint::open(path, &chunks(), "Sum up.").expect("none yet");
        let error = none.add(0, "One.".to_owned()).await;
        let said = error.expect_err("no folder").to_string();
        assert!(said.contains("can't use no/such/folder"), "{said}");
    }

    #[tokio::test]
    async fn work_that_is_done_leaves_nothing() {
        let (dir, checkpoint) = saved().await;
        checkpoint.remove().expect("it goes");
        let left = fs::read_dir(dir.path()).expect("the folder").count();
        assert_eq!(left, 0);
    }
}
