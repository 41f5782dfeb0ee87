//! Saved when it's on the disk: `cargo run --bin written-right-way`
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

/// A disk that is full for ever. Only Linux has one.
const FULL: &str = "/dev/full";

/// A model's summary of a part, paid for.
async fn ask(part: usize) -> String {
    sleep(Duration::from_millis(200)).await;
    format!("What happens in part {part}.\n")
}

/// A summary that is paid for and not saved: it goes to the caller.
#[derive(Debug)]
struct Unsaved {
    summary: String,
    error: io::Error,
}

/// Opened before anything is paid for.
async fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).open(path).await
}

async fn save(file: &mut File, summary: String) -> Result<(), Unsaved> {
    match append(file, summary.as_bytes()).await {
        Ok(()) => Ok(()),
        Err(error) => Err(Unsaved { summary, error }),
    }
}

async fn append(file: &mut File, line: &[u8]) -> io::Result<()> {
    let length = file.metadata().await?.len();
    let written = async {
        file.write_all(line).await?;
        // Waits for the thread, and has the error of its write.
        file.flush().await?;
        // The operating system has it now; after this the disk has, too.
        file.sync_data().await
    };
    let written = written.await;
    if written.is_err() {
        // Half a line may be there. If it can't be cut off, the first error
        // is still the one to tell.
        let _ = file.set_len(length).await;
    }
    written
}

/// How many summaries were paid for, and how that ended.
async fn summarise(
    parts: usize,
    file: &mut File,
) -> (usize, Result<(), Unsaved>) {
    for part in 1..=parts {
        let summary = ask(part).await;
        match save(file, summary).await {
            Ok(()) => println!("part {part}: saved"),
            Err(unsaved) => return (part, Err(unsaved)),
        }
    }
    (parts, Ok(()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    if cfg!(not(target_os = "linux")) {
        println!("Only Linux has {FULL}: there's nothing to see here.");
        return Ok(());
    }
    let mut file = open(Path::new(FULL)).await?;
    let (paid, result) = summarise(5, &mut file).await;
    let unsaved = result.expect_err("it is full");
    println!("{paid} paid for, then: {}", unsaved.error);
    print!("Not saved: {}", unsaved.summary);
    let kind = unsaved.error.kind();
    assert_eq!((paid, kind), (1, io::ErrorKind::StorageFull));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The first summary that can't be saved is the last that is paid for, and
    /// the caller gets it.
    #[tokio::test(start_paused = true)]
    #[cfg_attr(not(target_os = "linux"), ignore = "only Linux has /dev/full")]
    async fn a_full_disk_costs_one_summary() {
        let mut file = open(Path::new(FULL)).await.expect("it opens");
        let (paid, result) = summarise(50, &mut file).await;
        let unsaved = result.expect_err("it is full");
        let kind = unsaved.error.kind();
        assert_eq!((paid, kind), (1, io::ErrorKind::StorageFull));
        assert_eq!(unsaved.summary, ask(1).await);
    }

    /// The file needn't be there; where it can't be, nothing is paid for.
    #[tokio::test]
    async fn a_new_file_is_made_before_the_first_summary() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("summaries");
        let mut file = open(&path).await.expect("it is made");
        let (paid, result) = summarise(2, &mut file).await;
        result.expect("there is room");
        let text = fs::read_to_string(&path).expect("it is there");
        assert_eq!((paid, text.lines().count()), (2, 2));
        assert!(open(&path.join("in a file")).await.is_err());
    }

    /// Where there is room, each line is in the file when `save` returns.
    #[tokio::test]
    async fn what_is_saved_can_be_read() {
        let temporary = tempfile::NamedTempFile::new().expect("a file");
        let mut file = open(temporary.path()).await.expect("it opens");
        for part in 1..=50 {
            let line = format!("part {part}\n");
            save(&mut file, line.clone()).await.expect("there is room");
            let text = fs::read_to_string(temporary.path());
            assert!(text.expect("it is there").ends_with(&line));
        }
    }

    /// `sync_data` alone doesn't tell: the error of the write stays with the
    /// file, for the next write or flush.
    #[tokio::test]
    async fn a_sync_alone_hides_the_error() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        // Opened to be read, so that each write fails.
        let mut file = File::open(file.path()).await.expect("there");
        file.write_all(b"lost").await.expect("handed over");
        file.sync_data().await.expect("nothing to say");
        file.flush().await.expect_err("and here it is");
    }
}
