//! The source of a listing: its program, its tests, its anchors.

use regex::Regex;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::LazyLock;

static ANCHOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\s*// ANCHOR(_END)?: ([\w-]+)\s*$").expect("a valid pattern")
});

/// Where the tests of a listing begin.
const TESTS: &str = "\n#[cfg(test)]\n";

/// The text of one listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    text: String,
}

impl Source {
    /// Takes the text of a `.rs` file.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            text: text.replace("\r\n", "\n"),
        }
    }

    /// The file as it is on disk.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The whole file without its anchor lines: what skeptic compiles.
    #[must_use]
    pub fn whole(&self) -> String {
        without_anchors(&self.text)
    }

    /// The program: all above the tests, without anchor lines.
    #[must_use]
    pub fn program(&self) -> String {
        without_anchors(self.parts().0).trim_end().to_owned()
    }

    /// The tests at the foot of the file, if there are any.
    #[must_use]
    pub fn tests(&self) -> Option<String> {
        self.parts()
            .1
            .map(|tests| without_anchors(tests).trim().to_owned())
    }

    fn parts(&self) -> (&str, Option<&str>) {
        match self.text.find(TESTS) {
            Some(at) => (&self.text[..at], Some(&self.text[at..])),
            None => (&self.text, None),
        }
    }

    /// The lines between `// ANCHOR: name` and `// ANCHOR_END: name`, with
    /// their common indentation taken away; `None` if there is no such anchor
    /// or it is not closed.
    #[must_use]
    pub fn excerpt(&self, name: &str) -> Option<String> {
        let mut lines = Vec::new();
        let mut inside = false;
        for line in self.text.lines() {
            match ANCHOR.captures(line) {
                Some(mark) if &mark[2] == name => {
                    if mark.get(1).is_some() {
                        return inside.then(|| unindented(&lines));
                    }
                    inside = true;
                }
                None if inside => lines.push(line),
                _ => {}
            }
        }
        None
    }

    /// The fingerprint of this program together with its lesson's library, of
    /// which `shared` has the fingerprints: what a transcript is a record of.
    #[must_use]
    pub fn fingerprint_with(&self, shared: &str) -> String {
        if shared.is_empty() {
            return self.fingerprint();
        }
        let whole = format!("{}\n{shared}", self.program());
        Self::new(&whole).fingerprint()
    }

    /// A short hash of the program without its anchors and comments.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for line in self.program().lines().map(str::trim) {
            if !line.is_empty() && !line.starts_with("//") {
                hash.update(line.as_bytes());
                hash.update(b"\n");
            }
        }
        hash.finalize()
            .iter()
            .take(8)
            .fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").expect("a String takes all");
                hex
            })
    }
}

fn without_anchors(text: &str) -> String {
    text.lines()
        .filter(|line| !ANCHOR.is_match(line))
        .flat_map(|line| [line, "\n"])
        .collect()
}

fn unindented(lines: &[&str]) -> String {
    let indent = lines
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let cut: Vec<&str> = lines
        .iter()
        .map(|line| line.get(indent..).unwrap_or(""))
        .collect();
    cut.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
//! Doc.
fn main() {
    // ANCHOR: core
    if true {
        work();
    }
    // ANCHOR_END: core
}

#[cfg(test)]
mod tests {}
";

    #[test]
    fn the_program_has_neither_tests_nor_anchors() {
        let source = Source::new(TEXT);
        assert_eq!(
            source.program(),
            "//! Doc.\nfn main() {\n    if true {\n        work();\n    }\n}"
        );
        assert_eq!(
            source.tests().as_deref(),
            Some("#[cfg(test)]\nmod tests {}")
        );
    }

    #[test]
    fn an_excerpt_loses_its_common_indentation() {
        let source = Source::new(TEXT);
        assert_eq!(
            source.excerpt("core").as_deref(),
            Some("if true {\n    work();\n}")
        );
        assert_eq!(source.excerpt("nothing"), None);
    }

    #[test]
    fn an_anchor_that_is_not_closed_gives_nothing() {
        assert_eq!(Source::new("// ANCHOR: a\nx\n").excerpt("a"), None);
    }

    #[test]
    fn only_a_change_to_the_program_changes_the_fingerprint() {
        let print = |text: &str| Source::new(text).fingerprint();
        let test = TEXT.replace("mod tests {}", "mod tests { use super::*; }");
        let comment = TEXT.replace("//! Doc.", "//! Other words.");
        let program = TEXT.replace("work", "rest");
        assert_eq!(print(TEXT), print(&test));
        assert_eq!(print(TEXT), print(&comment));
        assert_ne!(print(TEXT), print(&program));
    }
}
