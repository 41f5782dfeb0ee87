//! The appendices that the build makes: every claim of the book, and every
//! notebook cell with its listing.

use lessons::claim::Clock;
use lessons::transcript::Transcript;
use lessons::{Library, Listing};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// A claim, the listing it is about, and what asserts it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClaimRow {
    /// The claim in a sentence.
    pub says: String,
    /// What the assertion expects; durations in seconds.
    pub exact: Vec<String>,
    /// The exact duration, in seconds, if the claim is about one.
    pub exact_s: Option<f64>,
    /// The clock of the assertion.
    pub clock: Clock,
    /// The command that checks this claim alone.
    pub test: String,
}

/// Every claim about a listing: its own tests', its `main`'s, the compiler's
/// and its transcript's.
#[must_use]
pub fn rows(listing: &Listing) -> Vec<ClaimRow> {
    let bin = listing.bin();
    let mut rows: Vec<ClaimRow> = listing
        .claims
        .iter()
        .map(|claim| ClaimRow {
            says: claim.says.clone(),
            exact: claim.exact.clone(),
            exact_s: claim.exact_s,
            clock: claim.clock,
            test: format!("cargo test --bin {bin} {}", claim.test),
        })
        .collect();
    let held = |says: &str, exact: String, test: String| ClaimRow {
        says: says.to_owned(),
        exact: vec![exact],
        exact_s: None,
        clock: Clock::Real,
        test: format!("cargo test {test}"),
    };
    if let Some(code) = &listing.about.error {
        let test = format!("-p {} --test compile_error", listing.lesson());
        rows.push(held("It does not compile.", code.clone(), test));
    }
    if let Some(lint) = &listing.about.warns {
        let test = "--test promises rustc::warns".to_owned();
        rows.push(held("The compiler warns of it.", lint.clone(), test));
    }
    if let Some(run) = &listing.transcript {
        let test = format!("--test promises transcript::{}", listing.id);
        let says = match &listing.main_says {
            Some(says) if !says.is_empty() => sentence(says),
            _ => "It prints these lines at these times.".to_owned(),
        };
        rows.push(held(&says, recorded(run), test));
    }
    rows
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    let first = first.map(String::from_iter).unwrap_or_default();
    let rest = letters.as_str().trim_end_matches('.');
    format!("{first}{rest}.")
}

fn recorded(run: &Transcript) -> String {
    format!("{} lines, {}", run.lines.len(), run.end)
}

/// Every claim, a section a chapter: for `{{#claims}}`.
#[must_use]
pub fn claims(library: &Library, titles: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut chapter = "";
    for listing in library.listings() {
        if listing.chapter != chapter {
            chapter = &listing.chapter;
            let title = titles.get(chapter).map_or(chapter, String::as_str);
            write!(out, "\n## {title}\n\n").expect("a String");
            out += "| listing | recorded | claim and test | exact |\n";
            out += "| --- | --- | --- | --- |\n";
        }
        for row in rows(listing) {
            out += &claim_row(listing, &row);
        }
    }
    out
}

fn claim_row(listing: &Listing, row: &ClaimRow) -> String {
    let exact: Vec<String> = row.exact.iter().map(|text| code(text)).collect();
    let recorded = listing
        .transcript
        .as_ref()
        .map_or_else(|| "–".to_owned(), Transcript::took_figure);
    format!(
        "| {} | {recorded} | {}<br>{} | {} |\n",
        link(listing),
        cell(&row.says),
        code(&row.test),
        exact.join("<br>")
    )
}

/// A table of the notebook's cells: for `{{#cells}}`.
#[must_use]
pub fn cells(library: &Library) -> String {
    let mut by_cell: BTreeMap<u8, Vec<&Listing>> = BTreeMap::new();
    for listing in library.listings() {
        for cell in &listing.about.cells {
            by_cell.entry(*cell).or_default().push(listing);
        }
    }
    let mut out = String::from("| cell | lesson | listing | took |\n");
    out += "| --- | --- | --- | --- |\n";
    for (number, listings) in by_cell {
        for listing in listings {
            let lesson = library.lesson(listing.lesson());
            let title = lesson.map_or("", |l| l.metadata.title.as_str());
            let took = listing.transcript.as_ref();
            let took = took.map_or_else(
                || "does not compile".to_owned(),
                Transcript::took_figure,
            );
            writeln!(
                out,
                "| {number} | {} | {} | {took} |",
                cell(title),
                link(listing)
            )
            .expect("a String");
        }
    }
    out
}

fn link(listing: &Listing) -> String {
    let way = listing.way().title().to_lowercase();
    let chapter = &listing.chapter;
    format!(
        "[{} {way}]({chapter}.md#{})",
        listing.lesson(),
        listing.bin()
    )
}

/// Text for a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
        .replace('<', "&lt;")
        .replace('\n', " ")
}

/// Code for a cell of a Markdown table.
fn code(text: &str) -> String {
    let ticks = if text.contains('`') { "``" } else { "`" };
    let text = text.replace('|', "\\|").replace('\n', " ");
    match ticks {
        "`" => format!("`{text}`"),
        _ => format!("`` {text} ``"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_a_cell_does_not_end_the_cell() {
        assert_eq!(cell("a | b <c>"), "a \\| b &lt;c>");
        assert_eq!(code("a|`b`"), "`` a\\|`b` ``");
    }

    #[test]
    fn words_become_a_sentence() {
        assert_eq!(sentence("as long as one"), "As long as one.");
    }
}
