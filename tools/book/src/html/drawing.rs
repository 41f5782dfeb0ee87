//! Timelines drawn: one SVG for page and print. The handouts draw their own, for
//! a margin, of the same axis and words.
//!
//! Names are in a gutter on the left, bars on the plot beside it, the end of the
//! run on a line of its own below them, and the axis below that: no word is ever
//! under a line, a cross or another word. The plot is the SVG's own box, and the
//! gutter its margin: lengths along the axis are shares of the plot, so that words
//! keep their size on a narrow page. How all of it looks is in timeline.css.

mod label;
mod words;

pub use words::{describe, ending, figures, legend, legend_of};

use lessons::format as figure;
use lessons::metadata::MarkKind;
use lessons::timeline::{Bar, Ending, Marked, Timeline};
use lessons::{Lesson, Listing};
use maud::{Markup, html};

/// Above which a row for each bar would be too much: rows get lower.
const MANY: usize = 12;

/// The shortest run that has an axis of its own length, in seconds.
pub const SHORTEST: f64 = 0.05;

/// The line of the end of the run, and the one of the axis, in pixels.
const LINE: usize = 18;

/// Below a share of the axis, two marks are one.
const SAME: f64 = 0.003;

/// What the drawings of a lesson have in common, so that they can be compared.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    /// How long the axis is, in seconds.
    pub scale: f64,
    /// How much room there is for names, in pixels.
    pub gutter: u32,
}

impl Frame {
    /// For all recorded runs of a lesson.
    #[must_use]
    pub fn of(lesson: &Lesson) -> Self {
        let runs = lesson.listings.iter();
        let runs = runs.filter_map(|it: &Listing| it.timeline.as_ref());
        let none = Self {
            scale: lesson.scale(),
            gutter: 0,
        };
        runs.fold(none, Self::holding)
    }

    /// Wide enough for this run, too.
    #[must_use]
    pub fn holding(self, run: &Timeline) -> Self {
        let bars = run.bars.iter().map(|bar| bar.name.as_str());
        let marks = own_rows(run).map(|mark| mark.name.as_str());
        Self {
            scale: axis(self.scale.max(run.took)),
            gutter: self.gutter.max(label::gutter(bars.chain(marks))),
        }
    }
}

/// How the rows of a drawing lie, in pixels.
#[derive(Clone, Copy)]
struct Form {
    row: usize,
    /// More for each further line of a name.
    second: usize,
    bar: usize,
}

const ROOMY: Form = Form {
    row: 24,
    second: 10,
    bar: 12,
};

const DENSE: Form = Form {
    row: 17,
    second: 13,
    bar: 8,
};

/// One row: a lane, or the events of one kind that are no lane's.
struct Row<'t> {
    name: Vec<String>,
    /// The middle of its height, from the top of the drawing.
    middle: usize,
    bar: Option<&'t Bar>,
    marks: Vec<&'t Marked>,
}

/// The marks that have rows of their own.
fn own_rows(timeline: &Timeline) -> impl Iterator<Item = &Marked> {
    timeline.marks.iter().filter(|mark| mark.bar.is_none())
}

/// The rows of a drawing, and where they end.
fn rows(timeline: &Timeline) -> (Vec<Row<'_>>, Form, usize) {
    let of =
        |bar: usize| timeline.marks.iter().filter(move |m| m.bar == Some(bar));
    let lanes = timeline.bars.iter().enumerate().map(|(index, bar)| {
        (&bar.name, Some(bar), of(index).collect::<Vec<_>>())
    });
    let alone = own_rows(timeline).map(|mark| (&mark.name, None, vec![mark]));
    let all: Vec<_> = lanes.chain(alone).collect();
    let form = if all.len() > MANY { DENSE } else { ROOMY };
    let mut foot = 2;
    let rows = all.into_iter().map(|(name, bar, marks)| {
        let name = label::lines(name);
        let height = form.row + form.second * (name.len() - 1);
        foot += height;
        Row {
            name,
            middle: foot - height / 2,
            bar,
            marks,
        }
    });
    let rows = rows.collect();
    (rows, form, foot + 2)
}

/// Draws `timeline` in the frame of its lesson, which grows if the run is longer
/// or has longer names. `id` must be of this drawing alone on its page; `title`
/// says whose run it is.
#[must_use]
pub fn draw(
    timeline: &Timeline,
    frame: Frame,
    id: &str,
    title: &str,
) -> Markup {
    let Frame { scale, gutter } = frame.holding(timeline);
    let (rows, form, foot) = rows(timeline);
    let took = figure::seconds(timeline.took);
    html! {
        svg.chart role="img" aria-label={ (title) ", ended at " (took) }
            height=(foot + 2 * LINE) data-scale=(scale) data-foot=(foot)
            style={ "--gutter:" (gutter) "px" } {
            (symbols(timeline, id))
            @for row in &rows { (label(&row.name, row.middle)) }
            @for tick in ticks(scale) {
                rect.grid x=(share(tick, scale)) height=(foot) {}
            }
            @for row in &rows {
                @if let Some(bar) = row.bar {
                    (bar_rect(bar, scale, row.middle, form, id))
                }
                @for mark in &row.marks {
                    (marks(mark, scale, row.middle, id))
                }
            }
            (axis_lines(timeline.took, scale, foot))
            line.playhead y2=(foot) visibility="hidden" {}
        }
    }
}

/// The id of the drawing of a listing's recorded run.
#[must_use]
pub fn id(listing: &Listing) -> String {
    format!("{}-timeline", listing.bin())
}

/// How high a drawing is without its axis, in pixels.
#[must_use]
pub fn height(timeline: &Timeline) -> usize {
    rows(timeline).2 + LINE
}

/// A sign that is drawn once and used wherever it is needed.
struct Symbol;

impl Symbol {
    /// The name of the arrow at the end of what is still under way.
    const ONWARD: &'static str = "onward";

    const fn path(kind: MarkKind) -> &'static str {
        match kind {
            MarkKind::Error => {
                "M-5-3.4L-3.4-5 0-1.6 3.4-5 5-3.4 1.6 0 5 3.4 3.4 5 0 1.6-3.4 \
                 5-5 3.4-1.6 0Z"
            }
            MarkKind::Retry => {
                "M5.3-1.9A5.6 5.6 0 1 1-1.9-5.3L-2.5-7 2.6-3.8-.6-1.7-1.2-3.4A\
                 3.6 3.6 0 1 0 3.4-1.2Z"
            }
            MarkKind::Timeout => {
                "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0ZM-4.4 0a4.4 4.4 0 1 1 8.8 \
                 0a4.4 4.4 0 1 1-8.8 0ZM-.8-3.4H.8V-.8H3.2V.8H-.8Z"
            }
            MarkKind::Note => "M0-5.5L5.5 0 0 5.5-5.5 0Z",
        }
    }
}

/// The signs that this drawing has.
fn symbols(timeline: &Timeline, id: &str) -> Markup {
    let has = |kind| timeline.marks.iter().any(|mark| mark.kind == kind);
    let kinds = MarkKind::ALL.into_iter().filter(|kind| has(*kind));
    let kinds: Vec<MarkKind> = kinds.collect();
    let bars = &timeline.bars;
    let onward = bars.iter().any(|bar| bar.ending == Ending::Unfinished);
    html! {
        @if onward || !kinds.is_empty() {
            defs {
                @for kind in kinds {
                    path.mark id={ (id) "-" (kind.word()) }
                        d=(Symbol::path(kind)) {}
                }
                @if onward {
                    path.mark id={ (id) "-" (Symbol::ONWARD) }
                        d="M-9-7L-1 0-9 7Z" {}
                }
            }
        }
    }
}

/// The length of an axis for a run of `seconds`: an instant is drawn on one
/// second, not blown up to the whole width.
#[must_use]
pub fn axis(seconds: f64) -> f64 {
    if seconds < SHORTEST { 1.0 } else { seconds }
}

fn share(seconds: f64, scale: f64) -> String {
    format!("{:.2}%", 100.0 * seconds / scale)
}

/// The end of the run, on a line of its own, and the axis below.
fn axis_lines(took: f64, scale: f64, foot: usize) -> Markup {
    let over = share(took, scale);
    let at = foot + LINE;
    html! {
        line.over x1=(over) x2=(over) y2=(foot + 4) {}
        text.over x=(over) y=(foot + 15) text-anchor=(anchor(took, scale)) {
            "ended at " (figure::seconds(took))
        }
        line.axis x2="100%" y1=(at) y2=(at) {}
        @for (index, tick) in ticks(scale).into_iter().enumerate() {
            text.tick.odd[index % 2 == 1] x=(share(tick, scale)) y=(at + 14) {
                (tick_label(tick))
            }
        }
    }
}

/// A name in the gutter, which is on the left of the plot.
fn label(name: &[String], middle: usize) -> Markup {
    html! {
        @for (line, y) in name.iter().zip(baselines(middle, name.len())) {
            text.name x="-10" y=(y) { (line) }
        }
    }
}

/// The baselines of so many lines around a middle.
fn baselines(middle: usize, lines: usize) -> impl Iterator<Item = usize> {
    let first = middle + 4 - 13 * (lines - 1) / 2;
    (0..lines).map(move |line| first + 13 * line)
}

/// The classes of a bar.
fn bar_class(bar: &Bar) -> &'static str {
    match bar.ending {
        Ending::Completed => "bar",
        Ending::Failed => "bar failed",
        Ending::Dropped => "bar dropped",
        Ending::Unfinished => "bar unfinished",
    }
}

fn bar_rect(
    bar: &Bar,
    scale: f64,
    middle: usize,
    form: Form,
    id: &str,
) -> Markup {
    // Even an instant is seen.
    let width = share(bar.length().max(scale * 0.006), scale);
    html! {
        rect class=(bar_class(bar)) data-begin=(bar.begin) data-end=(bar.end)
            x=(share(bar.begin, scale)) width=(width)
            y=(middle - form.bar / 2) height=(form.bar) rx="2" {}
        @if bar.ending == Ending::Unfinished {
            use.onward href={ "#" (id) "-" (Symbol::ONWARD) }
                x=(share(bar.end, scale)) y=(middle) {}
        }
    }
}

/// The signs of one kind of event, each at its time; one where there are several
/// in a moment.
fn marks(mark: &Marked, scale: f64, y: usize, id: &str) -> Markup {
    let mut at = mark.at.clone();
    at.dedup_by(|next, last| *next - *last < SAME * scale);
    html! {
        @for at in at {
            use.mark href={ "#" (id) "-" (mark.kind.word()) } data-at=(at)
                x=(share(at, scale)) y=(y) {}
        }
    }
}

/// At most seven round values from 0 to `scale`, in seconds.
#[must_use]
pub fn ticks(scale: f64) -> Vec<f64> {
    let steps = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
    let step = steps
        .into_iter()
        .find(|step| scale / step <= 6.5)
        .unwrap_or(scale / 6.0);
    (0..=6)
        .map(|count| step * f64::from(count))
        .take_while(|tick| *tick <= scale * 1.001)
        .collect()
}

/// How a tick of the axis is written: `0.5 s`.
#[must_use]
pub fn tick_label(tick: f64) -> String {
    let text = format!("{tick:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}\u{a0}s")
}

/// On which side of its moment a label is, so that it stays on the plot.
fn anchor(seconds: f64, scale: f64) -> &'static str {
    if seconds < scale * 0.35 {
        "start"
    } else if seconds > scale * 0.65 {
        "end"
    } else {
        "middle"
    }
}
