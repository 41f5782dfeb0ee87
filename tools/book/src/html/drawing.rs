//! Timelines drawn: one SVG for page and print. The handouts draw their own, for
//! a margin, of the same axis and words.
//!
//! Its presentation attributes say how it looks in black and white; the style
//! sheet of the page overrides them with the colours of a theme. Lengths along
//! the time axis are shares of the width, so that words keep their size on a
//! narrow page.

use lessons::format as figure;
use lessons::metadata::MarkKind;
use lessons::timeline::{Bar, Ending, Marked, Timeline};
use maud::{Markup, html};

/// Above which a row for each bar would be too much: rows get lower.
const MANY: usize = 12;

/// The longest label, in characters; the table has the whole name.
const LABEL: usize = 36;

/// The shortest run that has an axis of its own length, in seconds.
pub const SHORTEST: f64 = 0.05;

/// How the rows of a drawing lie, in pixels.
#[derive(Clone, Copy)]
struct Rows {
    row: usize,
    label: usize,
    bar: usize,
    height: usize,
}

const ROOMY: Rows = Rows {
    row: 32,
    label: 12,
    bar: 17,
    height: 11,
};

const DENSE: Rows = Rows {
    row: 20,
    label: 10,
    bar: 12,
    height: 5,
};

/// Draws `timeline` on an axis that is `scale` seconds long, or as long as the
/// run if that is longer. `id` must be of this drawing alone on its page;
/// `title` says whose run it is.
#[must_use]
pub fn draw(timeline: &Timeline, scale: f64, id: &str, title: &str) -> Markup {
    let scale = axis(scale.max(timeline.took));
    let own_rows = timeline.marks.iter().filter(|mark| mark.bar.is_none());
    let rows = timeline.bars.len() + own_rows.count();
    let form = if rows > MANY { DENSE } else { ROOMY };
    let foot = form.row * rows + 4;
    let hatch = format!("{id}-hatch");
    html! {
        svg role="img" aria-labelledby={ (id) "-title " (id) "-text" }
            width="100%" height=(foot + 22) font-family="sans-serif"
            font-size="12" data-scale=(scale) {
            title id={ (id) "-title" } { (title) }
            desc id={ (id) "-text" } { (describe(timeline)) }
            (hatching(&hatch))
            (axis_lines(timeline.took, scale, foot))
            @for (index, bar) in timeline.bars.iter().enumerate() {
                @let top = form.row * index;
                g.lane {
                    (label(&bar.name, &length(bar), top + form.label))
                    (bar_rect(bar, scale, top, form, &hatch))
                    @for mark in &timeline.marks {
                        @if mark.bar == Some(index) {
                            (symbols(mark, scale, top + middle(form)))
                        }
                    }
                }
            }
            @for (index, mark) in rowed(timeline) {
                @let top = form.row * index;
                g.lane {
                    (label(&mark.name, "", top + form.label))
                    (symbols(mark, scale, top + middle(form)))
                }
            }
            line.playhead x1="0%" x2="0%" y1="0" y2=(foot) stroke="#000"
                stroke-width="2" visibility="hidden" {}
        }
    }
}

/// The pattern of a bar that was cut off.
fn hatching(id: &str) -> Markup {
    html! {
        defs {
            pattern id=(id) width="6" height="6" patternUnits="userSpaceOnUse"
                patternTransform="rotate(45)" {
                line.hatch x1="0" y1="0" x2="0" y2="6" stroke="#333"
                    stroke-width="3" {}
            }
        }
    }
}

/// The marks with rows of their own, each with the number of its row.
fn rowed(timeline: &Timeline) -> impl Iterator<Item = (usize, &Marked)> {
    let own = timeline.marks.iter().filter(|mark| mark.bar.is_none());
    (timeline.bars.len()..).zip(own)
}

fn middle(form: Rows) -> usize {
    form.bar + form.height / 2 + 1
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

/// Grid, ticks and the end of the run.
fn axis_lines(took: f64, scale: f64, foot: usize) -> Markup {
    let over = share(took, scale);
    html! {
        @for tick in ticks(scale) {
            @let x = share(tick, scale);
            line.grid x1=(x) x2=(x) y1="0" y2=(foot) stroke="#ccc" {}
            // The end of the run has a label of its own.
            @if (tick - took).abs() > scale * 0.1 {
                text.tick x=(x) y=(foot + 16) fill="#444"
                    text-anchor=(anchor(tick, scale)) { (tick_label(tick)) }
            }
        }
        line.axis x1="0" x2="100%" y1=(foot) y2=(foot) stroke="#444" {}
        line.over x1=(over) x2=(over) y1="0" y2=(foot + 4) stroke="#000"
            stroke-dasharray="2 3" {}
        text.over x=(over) y=(foot + 16) font-weight="bold"
            text-anchor=(anchor(took, scale)) { (figure::seconds(took)) }
    }
}

fn label(name: &str, more: &str, y: usize) -> Markup {
    let short: String = match name.char_indices().nth(LABEL) {
        Some((cut, _)) => format!("{}…", name[..cut].trim_end()),
        None => name.to_owned(),
    };
    html! {
        text.name x="0" y=(y) {
            tspan unicode-bidi="isolate" { (short) }
            @if !more.is_empty() {
                tspan.length fill="#444" dx="6" { (more) }
            }
        }
    }
}

/// How long a bar is, and how it ended if not by itself.
fn length(bar: &Bar) -> String {
    let length = figure::seconds(bar.length());
    match ending(bar) {
        "" => length,
        words => format!("{length}, {words}"),
    }
}

/// How a bar ended, in words; none where it came to its own end.
#[must_use]
pub fn ending(bar: &Bar) -> &'static str {
    match bar.ending {
        Ending::Completed => "",
        Ending::Dropped => "cut off",
        Ending::Unfinished => "still under way",
    }
}

fn bar_rect(
    bar: &Bar,
    scale: f64,
    top: usize,
    form: Rows,
    hatch: &str,
) -> Markup {
    let hatched = format!("url(#{hatch})");
    let (class, fill) = match bar.ending {
        Ending::Completed => ("bar", "#333"),
        Ending::Dropped => ("bar dropped", hatched.as_str()),
        Ending::Unfinished => ("bar unfinished", "#aaa"),
    };
    // Even an instant is seen.
    let width = share(bar.length().max(scale * 0.006), scale);
    let y = top + form.bar;
    html! {
        rect class=(class) data-begin=(bar.begin) data-end=(bar.end)
            x=(share(bar.begin, scale)) width=(width) y=(y)
            height=(form.height) rx="2" fill=(fill)
            stroke=[(bar.ending == Ending::Dropped).then_some("#333")] {}
        @if bar.ending == Ending::Unfinished {
            svg.onward x=(share(bar.end, scale)) y=(y + form.height / 2)
                width="1" height="1" overflow="visible" {
                path d="M-9 -8L-1 0L-9 8" fill="none" stroke="#000"
                    stroke-width="2.5" {}
            }
        }
    }
}

/// The symbols of one kind of event, each at its time.
fn symbols(mark: &Marked, scale: f64, y: usize) -> Markup {
    let shape = match mark.kind {
        MarkKind::Error => "M-4 -4L4 4M4 -4L-4 4",
        MarkKind::Retry => "M4 -3A5 5 0 1 0 5 1M5 -6V-2H1",
        MarkKind::Timeout => "M-5 0A5 5 0 1 0 5 0A5 5 0 1 0 -5 0M0 -3V0H3",
        MarkKind::Note => "M0 -5L5 0L0 5L-5 0Z",
    };
    html! {
        @for at in &mark.at {
            svg class={ "mark " (mark.kind.word()) } data-at=(at)
                x=(share(*at, scale)) y=(y) width="1" height="1"
                overflow="visible" {
                title { (mark.name) ", " (figure::seconds(*at)) }
                path.halo d=(shape) fill="#fff" stroke="#fff"
                    stroke-width="5" stroke-linejoin="round" {}
                path.shape d=(shape) fill="none" stroke="#000"
                    stroke-width="2" {}
            }
        }
    }
}

/// The figures behind a drawing, for those who want them or can't see it.
#[must_use]
pub fn figures(timeline: &Timeline) -> Markup {
    html! {
        details.figures {
            summary { "The figures" }
            div.table-wrapper {
                table {
                    thead { tr {
                        th { "lane" } th { "from" } th { "to" }
                        th { "length" } th { "end" }
                    } }
                    tbody {
                        @for bar in &timeline.bars { tr {
                            td { bdi { (bar.name) } }
                            td { (figure::seconds(bar.begin)) }
                            td { (figure::seconds(bar.end)) }
                            td { (figure::seconds(bar.length())) }
                            td { @match ending(bar) {
                                "" => "completed",
                                words => (words),
                            } }
                        } }
                        @for mark in &timeline.marks { tr {
                            td { bdi { (mark.name) } }
                            td colspan="3" { (times(mark)) }
                            td { (mark.kind.word()) }
                        } }
                        tr {
                            td { "the run" }
                            td { (figure::seconds(0.0)) }
                            td { (figure::seconds(timeline.took)) }
                            td { (figure::seconds(timeline.took)) }
                            td { "ended" }
                        }
                    }
                }
            }
        }
    }
}

fn times(mark: &Marked) -> String {
    let all: Vec<String> =
        mark.at.iter().map(|at| figure::seconds(*at)).collect();
    all.join(", ")
}

/// The drawing in words.
#[must_use]
pub fn describe(timeline: &Timeline) -> String {
    let bars = timeline.bars.iter().map(|bar| {
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
    });
    let marks = timeline.marks.iter().map(|mark| {
        format!("{} ({}) at {}", mark.name, mark.kind.word(), times(mark))
    });
    let all: Vec<String> = bars.chain(marks).collect();
    format!(
        "{}. The run ended after {}.",
        all.join("; "),
        figure::seconds(timeline.took)
    )
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

fn anchor(tick: f64, scale: f64) -> &'static str {
    if tick < scale * 0.04 {
        "start"
    } else if tick > scale * 0.92 {
        "end"
    } else {
        "middle"
    }
}
