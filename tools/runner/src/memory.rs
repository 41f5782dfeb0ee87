//! How much memory a run may have, so that a program which takes more and more
//! ends before the machine does.

/// How much memory a process may have of its own, in bytes: 4 GiB. No listing
/// comes near it.
pub const MOST: u64 = 4 << 30;

/// The same for people.
#[must_use]
pub fn most_in_words() -> String {
    format!("{} GiB", MOST >> 30)
}

/// Limits the memory of all that this process starts from now on, and its own. It
/// is Linux that has such a limit; elsewhere, and where a lower one holds
/// already, nothing changes.
pub fn limit() {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        let kind = Resource::RLIMIT_DATA;
        let Ok((soft, hard)) = getrlimit(kind) else {
            return;
        };
        // It can't fail: it is no more than is allowed.
        let _ = setrlimit(kind, soft.min(MOST), hard);
    }
}
