//! A token that was said.

/// A token that was said: a piece of a reply's part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    /// The place of the part in its reply.
    pub(crate) part: usize,
    /// Where it begins, in bytes.
    pub(crate) from: usize,
    /// Where it ends. A part without a word is said in one token that is empty.
    pub(crate) to: usize,
    /// Whether the part ends with it.
    pub(crate) last: bool,
}

impl Said {
    /// Whether the part begins with it.
    pub(crate) fn first(self) -> bool {
        self.from == 0
    }
}
