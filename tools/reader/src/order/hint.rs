//! What rustc can't know of a program that the reader has edited: which crates
//! there are, and what stands first in a listing.

use crate::order::event::Diagnostic;
use regex::Regex;
use std::sync::LazyLock;

static NO_CRATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:unlinked crate|no external crate) `(\w+)`")
        .expect("a valid pattern")
});

/// What helps with the first of these that something helps with; `crates` are
/// those that a program may use.
pub fn of<'d>(
    mut errors: impl Iterator<Item = &'d Diagnostic>,
    crates: &[String],
) -> Option<String> {
    errors.find_map(|error| match error.code.as_deref() {
        Some("E0753") => Some(BEFORE_DOC.to_owned()),
        Some("E0432" | "E0433" | "E0463") => no_crate(error, crates),
        _ => None,
    })
}

const BEFORE_DOC: &str = "The line that begins with `//!` stays the first of \
                          the file: move what you wrote above it to below it";

fn no_crate(error: &Diagnostic, crates: &[String]) -> Option<String> {
    let name = &NO_CRATE.captures(&error.rendered)?[1];
    Some(format!(
        "`{name}` is no crate of this workbook. Those that a program may use, \
         besides std: {}. For another, run `cargo add -p workbook {name} && \
         cargo fetch` in the workbook's folder, then run this again",
        crates.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str, rendered: &str) -> Diagnostic {
        Diagnostic {
            level: "error".to_owned(),
            code: Some(code.to_owned()),
            message: String::new(),
            line: Some(1),
            column: None,
            end_line: None,
            end_column: None,
            rendered: rendered.to_owned(),
        }
    }

    #[test]
    fn a_crate_that_there_is_not_is_named_with_those_that_there_are() {
        let crates = ["futures".to_owned(), "tokio".to_owned()];
        let of = |error: &Diagnostic| of(std::iter::once(error), &crates);
        for rendered in [
            "^^^^ use of unresolved module or unlinked crate `uuid`",
            "^^^^ no external crate `uuid`",
        ] {
            let hint = of(&error("E0432", rendered)).expect("it helps");
            assert!(hint.starts_with("`uuid` is no crate"), "{hint}");
            assert!(hint.contains("std: futures, tokio."), "{hint}");
            assert!(
                hint.contains("`cargo add -p workbook uuid && cargo fetch`"),
                "{hint}"
            );
        }
        let known = "^^^^ could not find `sink` in `std`";
        assert_eq!(of(&error("E0433", known)), None);
        assert_eq!(of(&error("E0308", "expected `u8`")), None);
    }
}
