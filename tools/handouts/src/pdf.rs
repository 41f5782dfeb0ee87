//! What was printed.

/// A PDF that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// Its name in the folder of the handouts.
    pub file: String,
    /// Its title, in words.
    pub title: String,
    /// Whether it is an instructor's copy.
    pub instructor: bool,
    /// How many pages it has.
    pub pages: usize,
}
