//! Saved when it's on the disk: `cargo run --bin written-right-way`
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

/// A disk that is full for ever. Only Linux has one.
const FULL: &str = "/dev/full";

/// A model's summary of a part, paid for.
async fn ask(part: usize) -> String {
    sleep(Duration::from_millis(200)).await;
    format!("What happens in part {part}.\n")
}

async fn save(path: &Path, summary: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.append(true).open(path).await?;
    file.write_all(summary.as_bytes()).await?;
    // Waits for the thread, and has the error of its write.
    file.flush().await?;
    // The operating system has it now; after this the disk has, too.
    file.sync_data().await
}

/// How many summaries were paid for, and how that ended.
async fn summarise(parts: usize, path: &Path) -> (usize, io::Result<()>) {
    for part in 1..=parts {
        let summary = ask(part).await;
        match save(path, &summary).await {
            Ok(()) => println!("part {part}: saved"),
            Err(error) => return (part, Err(error)),
        }
    }
    (parts, Ok(()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if cfg!(not(target_os = "linux")) {
        println!("Only Linux has {FULL}: there's nothing to see here.");
        return;
    }
    let (paid, result) = summarise(5, Path::new(FULL)).await;
    match &result {
        Ok(()) => println!("{paid} paid for, and all is well"),
        Err(error) => println!("{paid} paid for, then: {error}"),
    }
    let error = result.expect_err("it is full");
    assert_eq!((paid, error.kind()), (1, io::ErrorKind::StorageFull));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first summary that can't be saved is the last that is paid for.
    #[tokio::test(start_paused = true)]
    #[cfg_attr(not(target_os = "linux"), ignore = "only Linux has /dev/full")]
    async fn a_full_disk_costs_one_summary() {
        let (paid, result) = summarise(50, Path::new(FULL)).await;
        let error = result.expect_err("it is full");
        assert_eq!((paid, error.kind()), (1, io::ErrorKind::StorageFull));
    }

    /// Where there is room, each line is in the file when `save` returns.
    #[tokio::test]
    async fn what_is_saved_can_be_read() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        for part in 1..=50 {
            let line = format!("part {part}\n");
            save(file.path(), &line).await.expect("there is room");
            let text = std::fs::read_to_string(file.path());
            assert!(text.expect("it is there").ends_with(&line));
        }
    }

    /// `sync_data` alone doesn't tell: the error of the write stays with the
    /// file, for the next write or flush.
    #[tokio::test]
    async fn a_sync_alone_hides_the_error() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        // Opened to be read, so that each write fails.
        let mut file = tokio::fs::File::open(file.path()).await.expect("there");
        file.write_all(b"lost").await.expect("handed over");
        file.sync_data().await.expect("nothing to say");
        file.flush().await.expect_err("and here it is");
    }
}
