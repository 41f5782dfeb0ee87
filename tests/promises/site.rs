//! The built book: no fault, no dead link, nothing from elsewhere, and every
//! cell of the notebook.

use crate::{LIBRARY, by_name, root};
use lessons::transcript::Transcript;
use lessons::{Listing, Way, format};
use libtest_mimic::Trial;
use regex::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

/// The trials of this module.
pub fn trials() -> Vec<Trial> {
    by_name!["site":
        no_directive_is_left_over,
        every_internal_link_leads_somewhere,
        nothing_is_loaded_from_elsewhere,
        no_id_stands_twice_on_a_page,
        every_listing_is_on_its_chapters_page_with_its_transcript,
        every_run_has_a_timeline_whose_bars_are_as_long_as_it_says,
        every_chapter_asks_two_predictions_at_least,
        every_claim_is_in_the_appendix,
        every_promise_that_the_appendix_names_is_a_trial,
        every_cell_of_the_notebook_has_a_listing_that_takes_as_long,
        no_rust_block_of_a_chapter_is_left_out_of_the_tests,
        no_right_way_is_refused_for_its_rate,
    ]
}

/// The static site, built once for all tests here.
static SITE: LazyLock<BuiltSite> = LazyLock::new(BuiltSite::build);

struct BuiltSite {
    dir: TempDir,
    /// Every page, by its path in the site.
    pages: BTreeMap<PathBuf, String>,
}

impl BuiltSite {
    fn build() -> Self {
        let dir = TempDir::new().expect("a folder for the site");
        book::build(root(), dir.path())
            .unwrap_or_else(|error| panic!("{error:#}"));
        let pages = fs::read_dir(dir.path())
            .expect("the site can be read")
            .map(|entry| entry.expect("it can be read").path())
            .filter(|path| path.extension().is_some_and(|e| e == "html"))
            .map(|path| {
                let text = fs::read_to_string(&path).expect("a page");
                let name = path.file_name().expect("a name").into();
                (name, text)
            })
            .collect();
        Self { dir, pages }
    }
}

/// The values of these attributes in a page. Code is escaped in a page, so what
/// looks like an attribute is one.
fn attributes<'a>(page: &'a str, pattern: &str) -> Vec<&'a str> {
    let pattern = format!(r#"\s(?:{pattern})="([^"]*)""#);
    let pattern = Regex::new(&pattern).expect("a valid pattern");
    let found = pattern.captures_iter(page);
    found.map(|f| f.get(1).expect("a group").as_str()).collect()
}

fn no_directive_is_left_over() {
    for (name, page) in &SITE.pages {
        assert!(!page.contains("{{#"), "{}", name.display());
    }
}

fn every_internal_link_leads_somewhere() {
    for (name, page) in &SITE.pages {
        for url in attributes(page, "href|src") {
            if url.contains("://") || url.starts_with("mailto:") {
                continue;
            }
            let problem = format!("{}: {url}", name.display());
            assert!(!url.starts_with('/'), "{problem} is not relative");
            let (path, fragment) = url.split_once('#').unwrap_or((url, ""));
            let path = match path {
                "" => name.as_path(),
                path => Path::new(path),
            };
            assert!(SITE.dir.path().join(path).is_file(), "{problem}: dead");
            if !fragment.is_empty() {
                let ids = attributes(&SITE.pages[path], "id");
                assert!(ids.contains(&fragment), "{problem}: no such place");
            }
        }
    }
}

fn nothing_is_loaded_from_elsewhere() {
    let loads = Regex::new(r"<(?:script|link|img|iframe|source)\b[^>]*://")
        .expect("a valid pattern");
    for (name, page) in &SITE.pages {
        let found = loads.find(page).map(|found| found.as_str());
        assert_eq!(found, None, "{}", name.display());
    }
}

fn no_id_stands_twice_on_a_page() {
    for (name, page) in &SITE.pages {
        let mut ids = attributes(page, "id");
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{}", name.display());
    }
}

fn every_listing_is_on_its_chapters_page_with_its_transcript() {
    for listing in LIBRARY.listings() {
        let (section, id) = (section(listing), listing.bin());
        assert!(section.contains(&listing.command()), "{id}");
        let took = listing.transcript.as_ref().map(Transcript::took_figure);
        if let Some(took) = took {
            assert!(section.contains(&took), "{id}: {took}");
        }
    }
}

/// The part of a chapter's page that shows this listing.
fn section(listing: &Listing) -> &'static str {
    let page = PathBuf::from(format!("{}.html", listing.chapter));
    let id = format!("id=\"{}\"", listing.bin());
    let (_, section) = SITE.pages[&page].split_once(&id).expect("it is there");
    section.split_once("</section>").expect("it ends").0
}

/// The numbers of an attribute, in the order of the page.
fn numbers(section: &str, name: &str) -> Vec<f64> {
    attributes(section, name)
        .iter()
        .map(|number| number.trim_end_matches('%').parse().expect("a number"))
        .collect()
}

fn every_run_has_a_timeline_whose_bars_are_as_long_as_it_says() {
    for listing in LIBRARY.listings() {
        let Some(run) = &listing.transcript else {
            continue;
        };
        let section = section(listing);
        let scale = numbers(section, "data-scale")[0];
        assert!(scale >= run.took, "{}", listing.bin());
        let bars: Vec<&str> =
            section.split("<rect class=\"bar").skip(1).collect();
        assert!(!bars.is_empty(), "{} has no bar", listing.bin());
        for bar in bars {
            let (bar, _) = bar.split_once('>').expect("a tag ends");
            if !bar.contains("data-begin") {
                continue; // of the legend
            }
            let number = |name: &str| numbers(bar, name)[0];
            let (begin, end) = (number("data-begin"), number("data-end"));
            for time in [begin, end] {
                let told = run.lines.iter().map(|line| line.at);
                let mut told = told.chain([0.0, run.took]);
                let known = told.any(|at| (at - time).abs() < 1e-9);
                assert!(known, "{}: nothing at {time} s", listing.bin());
            }
            let share = |seconds: f64| 100.0 * seconds / scale;
            let shown = (number("x"), number("width"));
            assert!((shown.0 - share(begin)).abs() < 0.01, "{bar}");
            // An instant is drawn wide enough to be seen.
            let length = share(end - begin).max(0.6);
            assert!((shown.1 - length).abs() < 0.01, "{bar}");
        }
    }
}

fn every_chapter_asks_two_predictions_at_least() {
    let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
    for lesson in &LIBRARY.lessons {
        *asked.entry(&lesson.chapter).or_default() += lesson.questions.len();
    }
    for (chapter, questions) in asked {
        assert!(questions >= 2, "{chapter} asks {questions}");
    }
}

fn every_claim_is_in_the_appendix() {
    let page = &SITE.pages[Path::new("claims.html")];
    for listing in LIBRARY.listings() {
        let rows = book::appendix::rows(listing);
        assert!(!rows.is_empty(), "{} claims nothing", listing.id);
        for row in rows {
            assert!(page.contains(&row.test), "{}", row.test);
        }
    }
}

fn every_promise_that_the_appendix_names_is_a_trial() {
    let trials = crate::trials();
    for row in LIBRARY.listings().flat_map(book::appendix::rows) {
        let Some((_, name)) = row.test.split_once("--test promises ") else {
            continue;
        };
        let is_named = |trial: &Trial| trial.name().contains(name);
        assert!(trials.iter().any(is_named), "{}", row.test);
    }
}

/// How long each cell of the notebook took there, in seconds; a second figure
/// where a cell measures two things. Cell 9 does not await its task: a notebook
/// goes on, a program ends.
const CELLS: [(u8, &[f64]); 17] = [
    (1, &[9.0]),
    (2, &[4.0]),
    (3, &[0.0]),
    (4, &[0.0]),
    (5, &[3.0]),
    (6, &[0.0]),
    (7, &[1.0]),
    (8, &[2.3]),
    (9, &[0.0]),
    (10, &[1.0]),
    (11, &[2.0]),
    (12, &[3.0]),
    (13, &[1.0]),
    (14, &[1.0]),
    (15, &[2.5]),
    (16, &[10.0, 2.0]),
    (17, &[2.5, 4.0]),
];

fn every_cell_of_the_notebook_has_a_listing_that_takes_as_long() {
    for (cell, expected) in CELLS {
        let mirrors: Vec<_> = LIBRARY
            .listings()
            .filter(|listing| listing.about.cells.contains(&cell))
            .collect();
        assert!(!mirrors.is_empty(), "no listing mirrors cell {cell}");
        let took: Vec<f64> = mirrors
            .iter()
            .filter_map(|listing| listing.took())
            .map(format::rounded)
            .collect();
        for seconds in expected {
            let agrees = took.iter().any(|t| (t - seconds).abs() < 0.06);
            assert!(
                agrees,
                "cell {cell} took {seconds} s there, {took:?} here"
            );
        }
    }
}

fn no_rust_block_of_a_chapter_is_left_out_of_the_tests() {
    let fence = Regex::new(r"(?m)^\s*`{3,}rust\b(.*)$").expect("valid");
    for entry in fs::read_dir(root().join("src")).expect("src/ is there") {
        let path = entry.expect("it can be read").path();
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for block in fence.captures_iter(&text) {
            let info = block[1].trim();
            assert_eq!(info, "", "{}: ```rust{info}", path.display());
        }
    }
}

/// What a run prints of a request that was refused for its rate.
const REFUSED: &str = "429";

fn no_right_way_is_refused_for_its_rate() {
    let (wrong, right): (Vec<_>, Vec<_>) = LIBRARY
        .listings()
        .filter_map(|listing| Some((listing, listing.transcript.as_ref()?)))
        .partition(|(listing, _)| listing.way() == Way::Wrong);
    let refusals = |run: &Transcript| {
        let lines = run.lines.iter().map(|line| &line.text);
        let none = format!("0 refused with {REFUSED}");
        lines
            .filter(|line| line.contains(REFUSED) && !line.contains(&none))
            .count()
    };
    assert!(wrong.iter().any(|(_, run)| refusals(run) > 5));
    for (listing, run) in right {
        // Their servers are scripted to refuse: no limit of ours prevents it.
        let is_the_subject = matches!(
            listing.lesson(),
            "no-credit" | "status-first" | "test-layers" | "with-backon"
        );
        let allowed = if is_the_subject { 2 } else { 0 };
        assert!(refusals(run) <= allowed, "{}", listing.id);
    }
}
