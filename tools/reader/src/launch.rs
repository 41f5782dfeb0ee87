//! Opening the reader's browser.
//!
//! Every account of a machine may read the arguments of its processes, and the
//! address that the browser is to open has a key in it. So the browser is
//! opened on a file that nobody else may read, and that leads on.

use anyhow::{Context, Result};
use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};

/// Where the files are, from the workbook's folder. Not in the system's
/// temporary one: a browser in a sandbox may not read that.
const FOLDER: &str = "target/open";

/// A file that leads a browser to the server; deleted when this is dropped.
#[derive(Debug)]
pub struct Launch {
    file: PathBuf,
}

impl Launch {
    /// Writes the file for the server at `port`, which leads to `url`.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(root: &Path, port: u16, url: &str) -> Result<Self> {
        let folder = root.join(FOLDER);
        fs::create_dir_all(&folder)
            .with_context(|| format!("can't make {}", folder.display()))?;
        let file = folder.join(format!("{port}.html"));
        let written = private(&file).and_then(|mut it| {
            // From here on it is there, and is deleted.
            it.write_all(page(url).as_bytes())
        });
        let launch = Self { file };
        written.with_context(|| {
            format!("can't write {}", launch.file.display())
        })?;
        Ok(launch)
    }

    /// Starts the system's browser on it, and says so if there is none. To see
    /// whether one starts takes a while, which is not waited for.
    pub fn open(&self) {
        let file = self.file.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = open::that_detached(file) {
                not_opened(&error);
            }
        });
    }
}

/// Tells in the terminal that there is no browser, and what to do.
pub fn not_opened(error: &impl Display) {
    eprintln!(
        "No browser could be started: open the address yourself ({error:#})"
    );
}

impl Drop for Launch {
    fn drop(&mut self) {
        // What can't be deleted now, the next server deletes.
        let _ = fs::remove_file(&self.file);
    }
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

/// Deletes the files of servers that are gone: those at whose port nobody
/// listens, and at `own`, which is ours now. It is only tidying: what can't be
/// deleted stays, and its key fits nothing any more.
pub fn tidy(root: &Path, own: u16) {
    let entries = fs::read_dir(root.join(FOLDER)).into_iter().flatten();
    for file in entries.flatten().map(|entry| entry.path()) {
        let stem = file.file_stem().and_then(|stem| stem.to_str());
        let port: Option<u16> = stem.and_then(|stem| stem.parse().ok());
        if port.is_some_and(|port| port == own || !is_served(port)) {
            let _ = fs::remove_file(file);
        }
    }
}

fn is_served(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use tempfile::TempDir;

    #[test]
    fn files_of_servers_that_are_gone_are_deleted() {
        let dir = TempDir::new().expect("a folder");
        let folder = dir.path().join(FOLDER);
        let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let live = server.local_addr().expect("it has one").port();
        let gone = {
            let server = TcpListener::bind("127.0.0.1:0").expect("a port");
            server.local_addr().expect("it has one").port()
        };
        fs::create_dir_all(&folder).expect("it can be made");
        for name in [format!("{live}.html"), format!("{gone}.html")] {
            fs::write(folder.join(name), "").expect("it can be written");
        }
        tidy(dir.path(), 1);
        let launch = Launch::write(dir.path(), 1, "http://x/?key=1");
        let launch = launch.expect("it can be written");
        let text = fs::read_to_string(&launch.file).expect("it is there");
        assert!(
            text.contains("content=\"0; url=http://x/?key=1\""),
            "{text}"
        );
        assert!(folder.join(format!("{live}.html")).exists());
        assert!(!folder.join(format!("{gone}.html")).exists());
        drop(launch);
        assert!(!folder.join("1.html").exists());
    }
}
