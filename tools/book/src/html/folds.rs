//! What a listing repeats: the items that its reader has met unchanged in the
//! listings above it, found by comparing items.

use lessons::items::Item;
use lessons::{Lesson, Library, Listing, ListingId};
use similar::{DiffOp, TextDiff};
use std::ops::Range;

/// A first listing with more lines in sight than this is folded further,
const MOST: usize = 25;

/// until it has no more than this.
const AIM: usize = 22;

/// A fold takes the place of this many lines at least.
const LEAST: usize = 2;

/// And within an item that has changed, this many.
const LEAST_WITHIN: usize = 3;

/// How many lines stay in sight around a change.
const AROUND: usize = 1;

/// What all of `use` are called.
const IMPORTS: &str = "imports";

/// What measures and asserts.
const MAIN: &str = "main";

/// How many items a fold names.
const NAMED: usize = 4;

/// Lines that are folded to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// The lines, counted from 0, with the blank ones around them.
    pub lines: Range<usize>,
    /// What they are, as in "imports, struct Server".
    pub what: String,
    /// How many there are and where they were met: "12 lines, as in the wrong
    /// way".
    pub met: String,
}

/// An item that was met before, and in which listing.
#[derive(Debug, Clone)]
struct Met<'l> {
    lines: Range<usize>,
    name: String,
    of: &'l ListingId,
}

/// The folds of a listing of a lesson whose reader has met those `above` it, in
/// order.
#[must_use]
pub fn folds<'l>(
    lesson: &'l Lesson,
    listing: &'l Listing,
    above: &[&'l Listing],
) -> Vec<Fold> {
    let program = listing.source.program();
    let lines: Vec<&str> = program.lines().collect();
    let mut met = met(listing, &listing.items, above);
    let mut all = folded(listing, &lines, &met);
    if in_sight(&lines, &all) <= MOST {
        return all;
    }
    let other = lesson.after(listing.way());
    let other = other.or_else(|| lesson.before(listing.way()));
    let mut scenery =
        other.map_or_else(Vec::new, |other| scenery(listing, other, &met));
    // The longest first, and no more than it takes.
    while in_sight(&lines, &all) > AIM
        && let Some(item) = scenery.pop()
    {
        add(&mut met, item);
        all = folded(listing, &lines, &met);
    }
    // A chapter's first program shows all that it does.
    let long = in_sight(&lines, &all);
    if long > MOST
        && !above.is_empty()
        && let Some(main) = main_of(listing, long)
    {
        add(&mut met, main);
        all = folded(listing, &lines, &met);
    }
    all
}

/// What starts a listing, if that is less than half of what is in sight.
fn main_of(listing: &Listing, in_sight: usize) -> Option<Met<'_>> {
    let main = named(&listing.items, MAIN)?;
    (2 * main.lines.len() < in_sight).then(|| Met {
        lines: main.lines.clone(),
        name: format!("{MAIN}, which runs it and asserts"),
        of: &listing.id,
    })
}

/// How many lines are in no fold.
fn in_sight(lines: &[&str], folds: &[Fold]) -> usize {
    lines.len() - folds.iter().map(|it| it.lines.len()).sum::<usize>()
}

/// Adds a whole item, of which what is within it need not be told too.
fn add<'l>(met: &mut Vec<Met<'l>>, item: Met<'l>) {
    met.retain(|it| {
        it.lines.end <= item.lines.start || item.lines.end <= it.lines.start
    });
    met.push(item);
    met.sort_by_key(|it| it.lines.start);
}

/// The items that a listing has in common with the other way of its lesson:
/// what neither is about. Of `main`, what it asserts may differ. In the order
/// of their length, the longest last.
fn scenery<'l>(
    listing: &'l Listing,
    other: &'l Listing,
    met: &[Met<'l>],
) -> Vec<Met<'l>> {
    let known = |item: &Item| {
        met.iter().any(|it| {
            it.lines.start <= item.lines.start && item.lines.end <= it.lines.end
        })
    };
    let alike = |item: &Item| {
        has(&other.items, &item.text)
            || item.name == MAIN
                && named(&other.items, MAIN).is_some_and(|main| {
                    unasserted(&main.text) == unasserted(&item.text)
                })
    };
    let mut all: Vec<Met> = listing
        .items
        .iter()
        .filter(|item| alike(item) && !known(item))
        .map(|item| Met {
            lines: item.lines.clone(),
            name: if has(&other.items, &item.text) {
                item.name.clone()
            } else {
                format!("{MAIN}, except for what it asserts")
            },
            of: &other.id,
        })
        .collect();
    all.sort_by_key(|it| it.lines.len());
    all
}

/// The lines of a text without those that assert or print.
fn unasserted(text: &str) -> Vec<&str> {
    let mut within = false;
    let kept = |line: &&str| {
        let line = line.trim();
        let begins = line.starts_with("assert") || line.starts_with("println!");
        let skipped = within || begins;
        within = skipped
            && !line
                .split("//")
                .next()
                .unwrap_or("")
                .trim_end()
                .ends_with(';');
        !skipped
    };
    text.lines().filter(kept).collect()
}

/// The folds of these items, those that follow each other as one.
fn folded(listing: &Listing, lines: &[&str], all: &[Met]) -> Vec<Fold> {
    let blank = |line: usize| lines[line].trim().is_empty();
    let mut runs: Vec<Vec<Met>> = Vec::new();
    for met in all {
        let follows = |run: &Vec<Met>| {
            let last = &run[run.len() - 1];
            (last.lines.end..met.lines.start).all(blank)
                && scene(listing, last) == scene(listing, met)
        };
        match runs.last_mut() {
            Some(run) if follows(run) => run.push(met.clone()),
            _ => runs.push(vec![met.clone()]),
        }
    }
    let around = |run: &Vec<Met>| {
        let (mut from, mut to) = (run[0].lines.start, run.last()?.lines.end);
        while from > 0 && blank(from - 1) {
            from -= 1;
        }
        while to < lines.len() && blank(to) {
            to += 1;
        }
        Some(from..to)
    };
    let mut end = 0;
    runs.iter()
        .filter_map(|run| {
            let lines = around(run)?;
            let lines = lines.start.max(end)..lines.end;
            (lines.len() >= LEAST).then(|| {
                end = lines.end;
                fold(listing, run, lines)
            })
        })
        .collect()
}

/// Whether an item is folded for what follows it, not for what was met.
fn scene(listing: &Listing, met: &Met) -> bool {
    met.of.lesson == listing.id.lesson && met.of.way > listing.id.way
}

/// The items among these that the listings above have too; of one that has
/// changed, what within it has not. Imports are folded in any case: what they
/// name is told where it is used.
fn met<'l>(
    listing: &'l Listing,
    items: &'l [Item],
    above: &[&'l Listing],
) -> Vec<Met<'l>> {
    let mut found = Vec::new();
    for item in items {
        let known = above.iter().rfind(|it| has(&it.items, &item.text));
        let imports = (item.name == IMPORTS).then_some(&listing);
        if let Some(of) = known.or(imports) {
            let (name, lines) = (item.name.clone(), item.lines.clone());
            found.push(Met {
                lines,
                name,
                of: &of.id,
            });
        } else if item.inner.is_empty() {
            found.extend(met_within(item, above));
        } else {
            found.extend(met(listing, &item.inner, above));
        }
    }
    found
}

/// The lines of an item that one of its name has too, but for those around a
/// change, and the first and the last.
fn met_within<'l>(item: &Item, above: &[&'l Listing]) -> Vec<Met<'l>> {
    let namesake = above.iter().rev().find_map(|listing| {
        Some((*listing, named(&listing.items, &item.name)?))
    });
    let Some((listing, old)) = namesake else {
        return Vec::new();
    };
    let start = item.lines.start;
    let (first, last) = (start + 1, item.lines.end - 1);
    let diff = TextDiff::from_lines(&old.text, &item.text);
    let equal = diff.ops().iter().filter_map(|op| match op {
        // The text begins with the head of what the item is within.
        DiffOp::Equal { new_index, len, .. } => {
            let from = (start + new_index.saturating_sub(1)).max(first);
            let to = (start + new_index + len - 1).min(last);
            Some((from, to))
        }
        _ => None,
    });
    let cut = |(from, to): (usize, usize)| {
        let from = if from > first { from + AROUND } else { from };
        let to = if to < last {
            to.saturating_sub(AROUND)
        } else {
            to
        };
        (from + LEAST_WITHIN <= to).then_some(from..to)
    };
    equal
        .filter_map(cut)
        .map(|lines| Met {
            lines,
            name: format!("within {}", item.name),
            of: &listing.id,
        })
        .collect()
}

fn named<'i>(items: &'i [Item], name: &str) -> Option<&'i Item> {
    items.iter().find_map(|item| {
        if item.name == name {
            return Some(item);
        }
        named(&item.inner, name)
    })
}

fn has(items: &[Item], text: &str) -> bool {
    items
        .iter()
        .any(|item| item.text == text || has(&item.inner, text))
}

fn fold(listing: &Listing, run: &[Met], lines: Range<usize>) -> Fold {
    let mut names: Vec<&str> = Vec::new();
    for met in run {
        if names.last() != Some(&met.name.as_str()) {
            names.push(&met.name);
        }
    }
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let mut what = names.join(", ");
    if more > 0 {
        what += &format!(" and {more} more");
    }
    let count: usize = run.iter().map(|met| met.lines.len()).sum();
    let mut told = match count {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    };
    if let Some(place) = place(listing, run) {
        told += ", ";
        told += &place;
    }
    Fold {
        lines,
        what,
        met: told,
    }
}

/// Where a run of items was met, in words; none if some of it was not.
fn place(listing: &Listing, run: &[Met]) -> Option<String> {
    let first = run[0].of;
    if run.iter().any(|met| *met.of == listing.id) {
        None
    } else if scene(listing, &run[0]) {
        Some(format!(
            "the same in the {}",
            first.way.title().to_lowercase()
        ))
    } else if run.iter().any(|met| met.of != first) {
        Some("as above".to_owned())
    } else if first.lesson == listing.id.lesson {
        Some(format!("as in the {}", first.way.title().to_lowercase()))
    } else {
        Some(format!("as in {}", first.lesson))
    }
}

/// The listings that a chapter shows above `listing`: those of the ids in
/// `shown` up to its own.
#[must_use]
pub fn above<'l>(
    library: &'l Library,
    shown: &[String],
    listing: &Listing,
) -> Vec<&'l Listing> {
    let own = listing.id.to_string();
    shown
        .iter()
        .take_while(|id| **id != own)
        .filter_map(|id| library.find(id).ok())
        .map(|(_, listing)| listing)
        .collect()
}

/// Whether it is the first of its chapter, of those `above` it and itself, in
/// which changed words are tinted.
#[must_use]
pub fn first_tinted(
    lesson: &Lesson,
    listing: &Listing,
    above: &[&Listing],
) -> bool {
    let is_later = |of: &Listing| {
        above
            .iter()
            .any(|it| it.id.lesson == of.id.lesson && it.id.way < of.id.way)
    };
    lesson.before(listing.way()).is_some()
        && !above.iter().any(|it| is_later(it))
}
