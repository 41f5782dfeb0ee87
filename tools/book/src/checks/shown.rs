//! Every listing is shown once, and every question is asked.

use lessons::{Fault, Library, ListingId};
use std::path::Path;

/// The faults of listings that the chapters in `src` do not show exactly once.
#[must_use]
pub fn not_shown_once(
    library: &Library,
    src: &Path,
    shown: &[&ListingId],
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for listing in library.listings() {
        let id = &listing.id;
        let times = shown.iter().filter(|shown| **shown == id).count();
        let cause = match times {
            1 => continue,
            0 => "no chapter shows the listing".to_owned(),
            n => format!("the listing is shown {n} times"),
        };
        let remedy = format!(
            "write {{{{#listing {id}}}}} once, in {}/{}.md",
            src.display(),
            listing.chapter
        );
        faults.push(Fault::new(listing.path(), 0, cause, remedy));
    }
    faults
}

/// The faults of questions that no chapter in `src` asks.
#[must_use]
pub fn not_asked(
    library: &Library,
    src: &Path,
    asked: &[&ListingId],
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for lesson in &library.lessons {
        for listing in &lesson.listings {
            let id = &listing.id;
            let mut questions = lesson.questions_of(listing.way());
            if questions.next().is_none() || asked.contains(&id) {
                continue;
            }
            faults.push(Fault::new(
                &lesson.file,
                0,
                format!("no chapter asks what is predicted of {id}"),
                format!(
                    "write {{{{#predict {id}}}}} above the listing, in {}/{}.md",
                    src.display(),
                    listing.chapter
                ),
            ));
        }
    }
    faults
}
