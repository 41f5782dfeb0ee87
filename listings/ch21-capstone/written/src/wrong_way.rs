//! Saved, it says: `cargo run --bin written-wrong-way`
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
    // Awaited, and its error is passed on.
    file.write_all(summary.as_bytes()).await
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
    assert!(result.is_ok(), "each write was handed over");
    let error = std::fs::write(FULL, "x").expect_err("it is full");
    println!("A single byte by std: {error}");
    assert_eq!((paid, error.kind()), (5, io::ErrorKind::StorageFull));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fifty summaries are paid for, none of them is saved, and no call fails.
    #[tokio::test(start_paused = true)]
    #[cfg_attr(not(target_os = "linux"), ignore = "only Linux has /dev/full")]
    async fn fifty_summaries_are_lost_and_no_write_says_so() {
        let (paid, result) = summarise(50, Path::new(FULL)).await;
        assert!(result.is_ok());
        assert_eq!(paid, 50);
        let error = std::fs::write(FULL, "x").expect_err("it is full");
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
