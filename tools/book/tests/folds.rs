//! What repeats in this book is folded: as few lines in sight as promised.

use book::expand;
use book::html::folds;
use lessons::items::Item;
use lessons::{Lesson, Library, Listing};
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The lines of a listing, and which of them are in sight.
struct Shown {
    lines: Vec<String>,
    in_sight: Vec<bool>,
}

impl Shown {
    fn new(listing: &Listing, met: Option<(&Lesson, &Vec<&Listing>)>) -> Self {
        let program = listing.source.program();
        let lines: Vec<String> = program.lines().map(str::to_owned).collect();
        let mut in_sight = vec![true; lines.len()];
        if let Some((lesson, above)) = met {
            for fold in folds::folds(lesson, listing, above) {
                in_sight[fold.lines].fill(false);
            }
        }
        Self { lines, in_sight }
    }
}

/// How many lines of a chapter are in items that were met above, and in sight;
/// and how many are in sight.
fn repeated(chapter: &[(&Listing, Shown)]) -> (usize, usize) {
    let (mut again, mut all) = (0, 0);
    let mut met: HashSet<String> = HashSet::new();
    for (listing, shown) in chapter {
        let written = |line: &usize| {
            shown.in_sight[*line] && !shown.lines[*line].trim().is_empty()
        };
        all += (0..shown.lines.len()).filter(written).count();
        let items = flat(&listing.items);
        let mut repeated = HashSet::new();
        for item in items.iter().filter(|it| met.contains(&it.text)) {
            repeated.extend(item.lines.clone().filter(written));
        }
        again += repeated.len();
        met.extend(items.into_iter().map(|item| item.text.clone()));
    }
    (again, all)
}

fn flat(items: &[Item]) -> Vec<&Item> {
    let with_inner = |item| -> Vec<&Item> {
        let inner: &Item = item;
        [vec![inner], flat(&inner.inner)].concat()
    };
    items.iter().flat_map(with_inner).collect()
}

/// The listings of a chapter as they are shown, or whole.
fn chapter<'l>(
    library: &'l Library,
    stem: &str,
    fold: bool,
) -> Vec<(&'l Listing, Shown)> {
    let file = root().join(format!("src/{stem}.md"));
    let text = fs::read_to_string(file).expect("the chapter is there");
    let shown = expand::shown(&text);
    shown
        .iter()
        .map(|id| {
            let (lesson, listing) = library.find(id).expect("it is there");
            let above = folds::above(library, &shown, listing);
            (
                listing,
                Shown::new(listing, fold.then_some((lesson, &above))),
            )
        })
        .collect()
}

#[test]
fn few_lines_are_in_sight_and_hardly_one_repeats() {
    let (library, _) = Library::load(&root()).expect("listings/ can be read");
    let mut sizes = Vec::new();
    let mut stems: Vec<&str> = library
        .lessons
        .iter()
        .map(|it| it.chapter.as_str())
        .collect();
    stems.dedup();
    for stem in stems {
        let shown = chapter(&library, stem, true);
        let (was, was_all) = repeated(&chapter(&library, stem, false));
        let (again, all) = repeated(&shown);
        println!(
            "{stem}: {all} of {was_all} lines in sight, {} % repeat, {} % \
             unfolded",
            100 * again / all,
            100 * was / was_all,
        );
        assert!(20 * again < all, "{stem}: {again} of {all}");
        sizes.extend(
            shown.iter().map(|(_, shown)| {
                shown.in_sight.iter().filter(|it| **it).count()
            }),
        );
    }
    sizes.sort_unstable();
    let median = sizes[sizes.len() / 2];
    println!(
        "{} listings, {median} lines in sight in the median",
        sizes.len()
    );
    println!("{sizes:?}");
    assert!(median <= 26, "{median} lines in sight in the median");
}

/// The folds of a listing in its chapter, in words.
fn told(library: &Library, id: &str) -> Vec<String> {
    let (lesson, listing) = library.find(id).expect("it is there");
    let file = root().join(format!("src/{}.md", lesson.chapter));
    let text = fs::read_to_string(file).expect("the chapter is there");
    let above = folds::above(library, &expand::shown(&text), listing);
    let all = folds::folds(lesson, listing, &above).into_iter();
    all.map(|fold| format!("{}: {}", fold.what, fold.met))
        .collect()
}

#[test]
fn a_fold_says_what_it_is_and_where_it_was_met() {
    let (library, _) = Library::load(&root()).expect("listings/ can be read");
    // The imports are folded always, and here two that are new.
    assert_eq!(
        told(&library, "finished-tasks/right_way")[0],
        "imports, const PROMPTS, const AT_ONCE, complete and 2 more: \
         31 lines, as in the wrong way"
    );
    // A long first listing leaves out what its other way has too.
    let first = told(&library, "finished-tasks/wrong_way");
    assert!(first[0].starts_with("imports: "), "{first:?}");
    assert!(first[1].ends_with("the same in the right way"), "{first:?}");
    // Of a long later one `main` is left out too, with what it asserts.
    let later = told(&library, "limit-stream/right_way");
    let main = "main, which runs it and asserts: ";
    assert!(later.iter().any(|it| it.starts_with(main)), "{later:?}");
    // The first listing of the book is short, and has its reader meet all.
    let breakfast = told(&library, "breakfast/wrong_way");
    assert!(breakfast.len() <= 1, "{breakfast:?}");
}

#[test]
fn folds_are_in_order_and_leave_the_program_whole() {
    let (library, _) = Library::load(&root()).expect("listings/ can be read");
    for lesson in &library.lessons {
        for listing in &lesson.listings {
            let before = lesson.before(listing.way());
            let above: Vec<&Listing> = before.into_iter().collect();
            let lines = listing.source.program().lines().count();
            let mut end = 0;
            for fold in folds::folds(lesson, listing, &above) {
                assert!(end <= fold.lines.start, "{}", listing.id);
                assert!(fold.lines.start < fold.lines.end, "{}", listing.id);
                end = fold.lines.end;
            }
            assert!(end <= lines, "{}", listing.id);
        }
    }
}
