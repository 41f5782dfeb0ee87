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
    let kinds = MarkKind::ALL.into_iter().filter_map(|kind| {
        let names = names(timeline, kind);
        (!names.is_empty()).then(|| (kind, names.join(", ")))
    });
    let kinds: Vec<(MarkKind, String)> = kinds.collect();
    let unusual = [Ending::Dropped, Ending::Unfinished];
    let endings = unusual.into_iter().filter_map(|ending| {
        timeline.bars.iter().find(|bar| bar.ending == ending)
    });
    let endings: Vec<&Bar> = endings.collect();
    html! {
        @if !kinds.is_empty() || !endings.is_empty() {
            ul.legend {
                @for (kind, names) in &kinds {
                    li {
                        svg.key viewBox="-8 -8 16 16" aria-hidden="true" {
                            use href={ "#" (id) "-" (kind.word()) } {}
                        }
                        (names)
                    }
                }
                @for bar in endings {
                    li {
                        svg.key viewBox="-8 -8 16 16" aria-hidden="true" {
                            rect class=(bar_class(bar)) x="-8" y="-5"
                                width="16" height="10" rx="2" {}
                            @if bar.ending == Ending::Unfinished {
                                use href={ "#" (id) "-" (Symbol::ONWARD) }
                                    x="8" {}
                            }
                        }
                        (ending(bar))
                    }
                }
            }
        }
    }
}

/// What the marks of one kind are called, each once.
fn names(timeline: &Timeline, kind: MarkKind) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for mark in timeline.marks.iter().filter(|mark| mark.kind == kind) {
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
