//! The listings of a lesson together: their figures in words, where their
//! charts are laid below each other and raced, and what changed from one to
//! the next.

use super::listing::{ended, player};
use super::markdown::block;
use super::{diff, drawing};
use crate::seal;
use lessons::timeline::Timeline;
use lessons::transcript::{End, Transcript};
use lessons::{Lesson, Listing, format as figure};
use maud::{Markup, html};

/// A ratio below this is no difference to race for.
const SAME: f64 = 1.05;

/// The Markdown of the comparison; empty for a lesson of one listing.
#[must_use]
pub fn pair(lesson: &Lesson) -> String {
    if lesson.listings.len() < 2 {
        return String::new();
    }
    let name = &lesson.name;
    let sides: Vec<(&Listing, &Timeline)> = lesson
        .listings
        .iter()
        .filter_map(|listing| Some((listing, listing.timeline.as_ref()?)))
        .collect();
    // Instants can't be told apart.
    let races = sides.len() == lesson.listings.len()
        && lesson.scale() >= drawing::SHORTEST;
    let title = format!("{name}-pair-title");
    let until = Some(seal::until(&lesson.questions));
    let until = until.filter(|ids| !ids.is_empty());
    block(&html! {
        section.pair id={ (name) "-pair" } aria-labelledby=(title)
            data-until=[until] {
            header {
                p.title id=(title) {
                    (called(lesson))
                    span.visually-hidden { " of " (name) }
                }
                @if races { div.tools { (player("race", "Race")) } }
            }
            (figures(lesson))
            @if races { (stage(&sides)) (legend(&sides)) }
            (changes(lesson))
        }
    })
}

fn called(lesson: &Lesson) -> &'static str {
    match lesson.listings.len() {
        2 => "The pair",
        _ => "The three ways",
    }
}

/// The times of the first and the last way and their ratio, where the last is
/// the faster one: a wrong way that ends at once has won nothing.
#[must_use]
pub fn verdict(lesson: &Lesson) -> Option<String> {
    let ratio = ratio(lesson)?;
    let slow = lesson.listings.first()?.transcript.as_ref()?.took_figure();
    let fast = lesson.listings.last()?.transcript.as_ref()?.took_figure();
    Some(format!("{slow} → {fast}, {ratio}"))
}

/// How many times as fast the last way is, where it is.
fn ratio(lesson: &Lesson) -> Option<String> {
    let first = lesson.listings.first()?.transcript.as_ref()?;
    let last = lesson.listings.last()?.transcript.as_ref()?;
    figure::ratio(first.took, last.took)
        .filter(|_| first.took / last.took > SAME)
}

/// What the head of a way is high, in pixels, and the axis of all.
const HEAD: usize = 28;
const AXIS: usize = 18;

/// Where the page's script lays the charts of the ways below each other, on one
/// axis: each is drawn once, in its listing. Room is kept for them.
fn stage(sides: &[(&Listing, &Timeline)]) -> Markup {
    let ways: Vec<String> = sides.iter().map(|(it, _)| it.bin()).collect();
    let each = sides.iter().map(|(_, run)| HEAD + drawing::height(run));
    let tall = each.sum::<usize>() + AXIS;
    html! {
        div.stage data-of=(ways.join(" ")) style={ "--tall:" (tall) "px" } {}
    }
}

/// The signs of all of them: those of the listings' own charts.
fn legend(sides: &[(&Listing, &Timeline)]) -> Markup {
    let ids: Vec<String> = sides
        .iter()
        .map(|(listing, _)| drawing::id(listing))
        .collect();
    let runs = sides.iter().map(|(_, timeline)| *timeline);
    let runs: Vec<(&Timeline, &str)> =
        runs.zip(ids.iter().map(String::as_str)).collect();
    drawing::legend_of(&runs)
}

/// What each way took, or how else it ended, and how many times as fast the
/// last one was.
fn figures(lesson: &Lesson) -> Markup {
    let ways = lesson.listings.iter();
    let ways = ways.filter_map(|it| Some((it.way(), it.transcript.as_ref()?)));
    html! {
        p.took {
            @for (way, run) in ways {
                span class=(way.dashed()) {
                    b { (way.sign()) " " (told(run)) }
                    " " (way.title().to_lowercase())
                }
                " "
            }
            @if let Some(ratio) = ratio(lesson) { span { (ratio) " as fast" } }
        }
    }
}

fn told(run: &Transcript) -> String {
    match run.end {
        End::Exit(0) => run.took_figure(),
        _ => ended(run),
    }
}

/// What changed, from each way to the next.
fn changes(lesson: &Lesson) -> Markup {
    html! {
        @for pair in lesson.listings.windows(2) {
            @let (old, new) = (&pair[0], &pair[1]);
            @let texts = (old.source.program(), new.source.program());
            details.diff {
                summary {
                    "What changed, "
                    (old.way().title().to_lowercase()) " to "
                    (new.way().title().to_lowercase()) ": "
                    (diff::summary(&texts.0, &texts.1))
                }
                (diff::view(&texts.0, &texts.1))
            }
        }
    }
}
