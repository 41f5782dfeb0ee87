//! The listings of a lesson side by side: their timelines on one scale, and
//! what changed from one to the next.

use super::listing::player;
use super::markdown::block;
use super::{diff, drawing};
use crate::seal;
use lessons::timeline::Timeline;
use lessons::transcript::Transcript;
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
                    @if let Some(words) = verdict(lesson) {
                        span.verdict { (words) }
                    }
                }
                @if races { div.tools { (player("race", "Race")) } }
            }
            @if races {
                div.sides {
                    @for (listing, timeline) in &sides {
                        (side(lesson, listing, timeline))
                    }
                }
            }
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
    let first = lesson.listings.first()?.transcript.as_ref()?;
    let last = lesson.listings.last()?.transcript.as_ref()?;
    let ratio = figure::ratio(first.took, last.took)
        .filter(|_| first.took / last.took > SAME)?;
    let (slow, fast) = (first.took_figure(), last.took_figure());
    Some(format!("{slow} → {fast}, {ratio}"))
}

fn side(lesson: &Lesson, listing: &Listing, timeline: &Timeline) -> Markup {
    let way = listing.way();
    let id = format!("{}-pair-{}", lesson.name, way.dashed());
    let title = format!("{}, {}, to compare", lesson.name, way.title());
    let took = listing.transcript.as_ref().map(Transcript::took_figure);
    html! {
        figure class={ "side " (way.dashed()) } data-of=(listing.bin()) {
            figcaption {
                span.way {
                    span aria-hidden="true" { (way.sign()) } " " (way.title())
                }
                " " span.clock { (took.unwrap_or_default()) }
            }
            (drawing::draw(timeline, lesson.scale(), &id, &title))
            p.now aria-hidden="true" {}
        }
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
