//! The tolerances that the reference names are those of the code.

use lessons::comparison::{Allowance, EARLY_START, LATE_START};
use runner::lateness::{QUIET, TRIES};
use runner::lines::{MOST_BYTES, MOST_LINES};
use runner::memory;
use runner::record::MOST_LATE;
use runner::replay::LATE_TRIES;
use runner::run::LIMIT;

const REFERENCE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../REFERENCE.md"));

/// The second cell of the table's row whose third names this.
fn told(name: &str) -> &'static str {
    let mut rows = REFERENCE.lines().filter(|line| line.starts_with('|'));
    let row = rows.find(|row| row.contains(&format!("`{name}`")));
    let row = row.unwrap_or_else(|| panic!("no row is of `{name}`"));
    row.split('|').nth(2).expect("a second cell").trim()
}

fn ms(seconds: f64) -> String {
    format!("{:.0} ms", seconds * 1000.0)
}

#[test]
fn the_tolerances_of_the_reference_are_those_of_the_code() {
    let late = format!(
        "{}, plus {:.0} times what a sleeper beside the run was late",
        ms(Allowance::LATE),
        Allowance::LATENESS
    );
    let much = format!("{MOST_LINES} lines, {} KiB", MOST_BYTES / 1024);
    for (name, value) in [
        ("Allowance::EARLY", ms(Allowance::EARLY)),
        ("Allowance::LATE", late),
        ("LATE_START", ms(LATE_START)),
        ("EARLY_START", ms(EARLY_START)),
        ("lateness::QUIET", ms(QUIET)),
        ("lateness::TRIES", format!("{TRIES} times")),
        ("replay::LATE_TRIES", format!("{LATE_TRIES} times")),
        ("record::MOST_LATE", ms(MOST_LATE)),
        ("run::LIMIT", format!("{} s", LIMIT.as_secs())),
        ("lines::MOST_LINES", much),
        ("memory::MOST", memory::most_in_words()),
    ] {
        assert_eq!(told(name), value, "{name}");
    }
}
