//! Opening the reader's browser.
//!
//! Every account of a machine may read the arguments of its processes, and the
//! address that the browser is to open has a key in it. So the browser is
//! opened on a file that nobody else may read, and that leads on.

use anyhow::{Context, Result};
use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Where the files are, from the workbook's folder. Not in the system's
/// temporary one: a browser in a sandbox may not read that.
pub const FOLDER: &str = "target/open";

/// A file that leads a browser to the server; deleted when this is dropped.
#[derive(Debug)]
pub struct Launch {
    file: PathBuf,
}

impl Launch {
    /// Opens the system's browser at `url`, by the file of the server at `port`,
    /// or says in the terminal that this can't be done.
    pub fn open(root: &Path, port: u16, url: &str) -> Option<Self> {
        let launch = Self::write(root, port, url);
        let launch = launch.inspect_err(not_opened).ok()?;
        let file = launch.file.clone();
        // To see whether one starts takes a while, which is not waited for.
        tokio::task::spawn_blocking(move || {
            if let Err(error) = open::that_detached(file) {
                not_opened(&error);
            }
        });
        Some(launch)
    }

    /// Writes the file for the server at `port`, which leads to `url`.
    ///
    /// # Errors
    /// If it can't be written.
    fn write(root: &Path, port: u16, url: &str) -> Result<Self> {
        let folder = root.join(FOLDER);
        fs::create_dir_all(&folder)
            .with_context(|| format!("can't make {}", folder.display()))?;
        let file = folder.join(format!("{port}.html"));
        let mut opened = private(&file)
            .with_context(|| format!("can't make {}", file.display()))?;
        // From here on it is there, and is deleted.
        let launch = Self { file };
        opened.write_all(page(url).as_bytes()).with_context(|| {
            format!("can't write {}", launch.file.display())
        })?;
        Ok(launch)
    }
}

impl Drop for Launch {
    fn drop(&mut self) {
        // What can't be deleted now, the next server deletes.
        let _ = fs::remove_file(&self.file);
    }
}

fn not_opened(error: &impl Display) {
    eprintln!(
        "No browser could be started: open the address yourself ({error:#})"
    );
}

/// A new file that its owner alone may read, from its first byte on. On Windows
/// that is for the folder to say, and those of a user are closed to others.
fn private(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(file)
}

fn page(url: &str) -> String {
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta http-equiv=\"refresh\" content=\"0; url={url}\">\n\
         <title>The workbook</title>\n\
         <p><a href=\"{url}\">To the workbook</a></p>\n"
    )
}
