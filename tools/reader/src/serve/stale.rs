//! What servers leave behind, named after their ports.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

/// Deletes what is of servers that are gone from `folder`: the files and folders
/// that have the number of a port for a name, where nobody listens at it, or it
/// is `own`, which is ours now. It is only tidying: what can't be deleted stays.
pub fn tidy(folder: &Path, own: u16) {
    let entries = fs::read_dir(folder).into_iter().flatten();
    for path in entries.flatten().map(|entry| entry.path()) {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let port: Option<u16> = stem.and_then(|stem| stem.parse().ok());
        if port.is_some_and(|port| port == own || !is_served(port)) {
            let _ = fs::remove_file(&path);
            let _ = fs::remove_dir_all(&path);
        }
    }
}

fn is_served(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use tempfile::TempDir;

    #[test]
    fn what_is_of_servers_that_are_gone_is_deleted() {
        let dir = TempDir::new().expect("a folder");
        let port = |server: &TcpListener| {
            server.local_addr().expect("it has one").port()
        };
        let bind = || TcpListener::bind("127.0.0.1:0").expect("a free port");
        let server = bind();
        let (live, gone) = (port(&server), port(&bind()));
        for name in [live, gone, 1] {
            let folder = dir.path().join(name.to_string());
            fs::create_dir_all(folder.join("x")).expect("it can be made");
            fs::write(folder.with_extension("html"), "").expect("writable");
        }
        fs::write(dir.path().join("mine"), "").expect("it can be written");
        tidy(dir.path(), 1);
        for (name, stays) in [(live, true), (gone, false), (1, false)] {
            for name in [name.to_string(), format!("{name}.html")] {
                assert_eq!(dir.path().join(&name).exists(), stays, "{name}");
            }
        }
        assert!(dir.path().join("mine").exists());
    }
}
