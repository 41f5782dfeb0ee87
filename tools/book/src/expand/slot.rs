//! Slots: empty code blocks in a chapter for print, where a listing or an
//! appendix is to be set from the library and not from HTML.

/// How the info string of such a code block begins.
const SLOT: &str = "workbook:";

/// The arguments of the directive whose slot a code block is: its name and the
/// rest. `None` for any other code block.
#[must_use]
pub fn parse(info: &str) -> Option<(&str, &str)> {
    let directive = info.strip_prefix(SLOT)?;
    Some(directive.split_once(' ').unwrap_or((directive, "")))
}

/// A code block for [`parse`] to find.
#[must_use]
pub fn of(directive: &str, arguments: &str) -> String {
    format!("```{SLOT}{directive} {arguments}\n```\n")
}
