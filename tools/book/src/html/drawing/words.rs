//! A drawing in words: its legend, its figures, and what a printed page says.

use super::{Symbol, bar_class};
use lessons::format as figure;
use lessons::metadata::MarkKind;
use lessons::timeline::{Bar, Ending, Marked, Timeline};
use maud::{Markup, html};

/// How a bar ended, in words; none where it came to its own end.
#[must_use]
pub fn ending(bar: &Bar) -> &'static str {
    match bar.ending {
        Ending::Completed => "",
        Ending::Failed => "failed",
        Ending::Dropped => "cut off",
        Ending::Unfinished => "still under way",
    }
}

/// What the signs of a drawing mean: each that it has, and no other. `id` is
/// that of the drawing.
#[must_use]
pub fn legend(timeline: &Timeline, id: &str) -> Markup {
    legend_of(&[(timeline, id)])
}

/// The same for drawings that are seen together, each with its id.
#[must_use]
pub fn legend_of(drawings: &[(&Timeline, &str)]) -> Markup {
    let kinds = MarkKind::ALL.into_iter().filter_map(|kind| {
        let id = with(drawings, |it| it.marks.iter().any(|m| m.kind == kind))?;
        Some((kind, id, names(drawings, kind).join(", ")))
    });
    let kinds: Vec<_> = kinds.collect();
    let unusual = [Ending::Dropped, Ending::Unfinished];
    let endings = unusual.into_iter().filter_map(|ending| {
        let has = |it: &&Bar| it.ending == ending;
        let id = with(drawings, |it| it.bars.iter().any(|bar| has(&bar)))?;
        let bars = drawings.iter().flat_map(|(timeline, _)| &timeline.bars);
        Some((id, bars.into_iter().find(has)?))
    });
    let endings: Vec<_> = endings.collect();
    html! {
        @if !kinds.is_empty() || !endings.is_empty() {
            ul.legend {
                @for (kind, id, names) in kinds {
                    li { (key(id, kind.word(), 0, None)) (names) }
                }
                @for (id, bar) in endings {
                    @let onward = match bar.ending {
                        Ending::Unfinished => Symbol::ONWARD,
                        _ => "",
                    };
                    li { (key(id, onward, 8, Some(bar))) (ending(bar)) }
                }
            }
        }
    }
}

/// The id of the first of these drawings that has something.
fn with<'d>(
    drawings: &[(&Timeline, &'d str)],
    has: impl Fn(&Timeline) -> bool,
) -> Option<&'d str> {
    let found = drawings.iter().find(|(timeline, _)| has(timeline));
    found.map(|(_, id)| *id)
}

/// A bar, or a sign at `x`, or both, as in the drawing of this id.
fn key(id: &str, sign: &str, x: i32, bar: Option<&Bar>) -> Markup {
    html! {
        svg.key viewBox="-8 -8 16 16" aria-hidden="true" {
            @if let Some(bar) = bar {
                rect class=(bar_class(bar)) x="-8" y="-5" width="16" height="10"
                    rx="2" {}
            }
            @if !sign.is_empty() {
                use href={ "#" (id) "-" (sign) } x=[(x != 0).then_some(x)] {}
            }
        }
    }
}

/// What the marks of one kind are called, each once.
fn names<'d>(
    drawings: &[(&'d Timeline, &str)],
    kind: MarkKind,
) -> Vec<&'d str> {
    let mut names: Vec<&str> = Vec::new();
    let marks = drawings.iter().flat_map(|(timeline, _)| &timeline.marks);
    for mark in marks.filter(|mark| mark.kind == kind) {
        if !names.contains(&mark.name.as_str()) {
            names.push(&mark.name);
        }
    }
    names
}

/// The figures behind a drawing, for those who want them or can't see it.
#[must_use]
pub fn figures(timeline: &Timeline) -> Markup {
    html! {
        details.figures {
            summary { "The figures" }
            ul {
                @for bar in &timeline.bars { li { (told(bar)) } }
                @for mark in &timeline.marks { li { (happened(mark)) } }
                li { (ended(timeline)) }
            }
        }
        @if !timeline.unplaced.is_empty() { (unplaced(&timeline.unplaced)) }
    }
}

/// Why some of what was printed has no bar.
fn unplaced(lines: &[String]) -> Markup {
    /// So many are quoted.
    const MOST: usize = 3;
    let more = lines.len().saturating_sub(MOST);
    html! {
        p.unplaced {
            "Without a bar, because no lane of this lesson has it: "
            @for (index, line) in lines.iter().take(MOST).enumerate() {
                @if index > 0 { ", " }
                q { (line) }
            }
            @if more > 0 { " and " (more) " more" }
            "."
        }
    }
}

/// A bar in words.
fn told(bar: &Bar) -> String {
    let ending = match ending(bar) {
        "" => String::new(),
        words => format!(", {words}"),
    };
    format!(
        "{} from {} to {}{ending}",
        bar.name,
        figure::seconds(bar.begin),
        figure::seconds(bar.end)
    )
}

/// A kind of event in words.
fn happened(mark: &Marked) -> String {
    let all: Vec<String> =
        mark.at.iter().map(|at| figure::seconds(*at)).collect();
    format!("{} ({}) at {}", mark.name, mark.kind.word(), all.join(", "))
}

fn ended(timeline: &Timeline) -> String {
    format!("The run ended after {}.", figure::seconds(timeline.took))
}

/// The drawing in words.
#[must_use]
pub fn describe(timeline: &Timeline) -> String {
    let bars = timeline.bars.iter().map(told);
    let all: Vec<String> =
        bars.chain(timeline.marks.iter().map(happened)).collect();
    format!("{}. {}", all.join("; "), ended(timeline))
}
