//! What is wrong, where, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

/// What is wrong and what to do, without a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// What is wrong.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    /// A cause and its remedy.
    pub fn new(cause: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            cause: cause.into(),
            remedy: remedy.into(),
        }
    }

    /// The same problem as the result of what could not be done.
    ///
    /// # Errors
    /// Always: that is what it is for.
    pub fn err<T>(
        cause: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Result<T, Self> {
        Err(Self::new(cause, remedy))
    }

    /// This problem at `line` of `file` (0 for the whole file).
    pub fn at(self, file: impl AsRef<Path>, line: usize) -> Fault {
        Fault {
            file: file.as_ref().to_path_buf(),
            line,
            problem: self,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    {}", self.cause, self.remedy)
    }
}

/// A problem in its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, relative to the root of the workbook.
    pub file: PathBuf,
    /// The line in it, from 1; 0 where the whole file is meant.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

impl Fault {
    /// A fault at `line` of `file` (0 for the whole file).
    pub fn new(
        file: impl AsRef<Path>,
        line: usize,
        cause: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Problem::new(cause, remedy).at(file, line)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display().to_string().replace('\\', "/");
        match self.line {
            0 => write!(f, "{file}: {}", self.problem),
            line => write!(f, "{file}:{line}: {}", self.problem),
        }
    }
}

/// All faults of a build, as one error.
#[derive(Debug, Clone)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// `Ok` if there is nothing wrong, else all of it in order of place.
    ///
    /// # Errors
    /// The faults, sorted and each once.
    pub fn check(mut faults: Vec<Fault>) -> Result<(), Self> {
        faults.sort();
        faults.dedup();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self(faults))
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for fault in &self.0 {
            writeln!(f, "{fault}")?;
        }
        match self.0.len() {
            1 => write!(f, "1 fault: the book was not built"),
            n => write!(f, "{n} faults: the book was not built"),
        }
    }
}

impl std::error::Error for Faults {}

/// The line, from 1, of the byte at `offset` in `text`.
#[must_use]
pub fn line_of(text: &str, offset: usize) -> usize {
    let end = text.floor_char_boundary(offset);
    text[..end].bytes().filter(|&b| b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_file_line_cause_and_remedy() {
        let fault = Fault::new("src/a.md", 3, "no such lesson", "name one");
        assert_eq!(
            fault.to_string(),
            "src/a.md:3: no such lesson\n    name one"
        );
    }

    #[test]
    fn faults_come_in_order_of_place_and_each_once() {
        let a = Fault::new("src/a.md", 9, "x", "y");
        let b = Fault::new("src/a.md", 2, "x", "y");
        let faults = Faults::check(vec![a.clone(), b.clone(), a.clone()])
            .expect_err("there are faults");
        assert_eq!(faults.0, [b, a]);
    }
}
