//! Timelines: the lanes of a run as bars, and the drawing of them.

use crate::figure;
use crate::lesson::{Lane, Way};
use crate::transcript::Transcript;
use maud::{Markup, html};
use std::ops::Range;

/// How a bar ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It came to its own end.
    Completed,
    /// It was cut off.
    Dropped,
}

/// One lane of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// The lane's label.
    pub name: String,
    /// Seconds from the start of the run to its first line.
    pub begin: f64,
    /// Seconds from the start of the run to its last line.
    pub end: f64,
    /// Whether it came to its own end.
    pub ending: Ending,
}

impl Bar {
    /// Its length in seconds.
    #[must_use]
    pub fn length(&self) -> f64 {
        self.end - self.begin
    }
}

/// Words that no line of a run contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// What is missing.
    pub cause: String,
    /// Where lesson.toml says it: a range of bytes.
    pub span: Range<usize>,
}

/// The bars of a run, in the order of the lanes.
///
/// # Errors
/// Every lane whose words match no line.
pub fn bars(
    lanes: &[Lane],
    way: Way,
    run: &Transcript,
) -> Result<Vec<Bar>, Vec<Unmatched>> {
    let mut bars = Vec::new();
    let mut unmatched = Vec::new();
    for lane in lanes.iter().filter(|lane| lane.is_for(way)) {
        match bar(lane, run) {
            Ok(bar) => bars.push(bar),
            Err((words, span)) => unmatched.push(Unmatched {
                cause: format!(
                    "lane `{}`: no line of {} contains «{words}»",
                    lane.name,
                    way.stem()
                ),
                span,
            }),
        }
    }
    if unmatched.is_empty() {
        Ok(bars)
    } else {
        Err(unmatched)
    }
}

fn bar(lane: &Lane, run: &Transcript) -> Result<Bar, (String, Range<usize>)> {
    let first = run
        .find(lane.begins.get_ref(), 0)
        .ok_or_else(|| (lane.begins.get_ref().clone(), lane.begins.span()))?;
    let done = lane.ends.as_ref().map(|words| (words, Ending::Completed));
    let cut = lane.dropped.as_ref().map(|words| (words, Ending::Dropped));
    let mut missing = (lane.begins.get_ref().clone(), lane.begins.span());
    for (words, ending) in [done, cut].into_iter().flatten() {
        if let Some(last) = run.find(words.get_ref(), first + 1) {
            return Ok(Bar {
                name: lane.name.clone(),
                begin: run.lines[first].at,
                end: run.lines[last].at,
                ending,
            });
        }
        missing = (words.get_ref().clone(), words.span());
    }
    Err(missing)
}

const ROW: usize = 30;
const TOP: usize = 4;

/// Draws the bars on an axis that is `scale` seconds long. Lengths are shares
/// of the width, so that the words keep their size on a narrow page.
#[must_use]
pub fn draw(bars: &[Bar], scale: f64, label: &str) -> Markup {
    let scale = if scale > 0.0 { scale } else { 1.0 };
    let axis = TOP + ROW * bars.len();
    let share = |seconds: f64| format!("{:.2}%", 100.0 * seconds / scale);
    html! {
        svg.timeline role="img" aria-label=(describe(bars, label))
            width="100%" height=(axis + 22) {
            @for tick in ticks(scale) {
                line.grid x1=(share(tick)) x2=(share(tick)) y1="0" y2=(axis)
                    stroke="#999" stroke-opacity="0.4" {}
                text.tick x=(share(tick)) y=(axis + 16) font-size="12"
                    text-anchor=(anchor(tick, scale)) { (tick_label(tick)) }
            }
            @for (index, bar) in bars.iter().enumerate() {
                @let top = TOP + ROW * index;
                text.lane x="0" y=(top + 11) font-size="12" { (bar.name) }
                rect class=(class(bar)) x=(share(bar.begin)) y=(top + 15)
                    width=(share(bar.length().max(scale * 0.004)))
                    height="11" rx="2" fill="#555" {}
            }
            line.axis x1="0" x2="100%" y1=(axis) y2=(axis) stroke="#555" {}
        }
    }
}

fn class(bar: &Bar) -> &'static str {
    match bar.ending {
        Ending::Completed => "bar",
        Ending::Dropped => "bar dropped",
    }
}

fn describe(bars: &[Bar], label: &str) -> String {
    let each: Vec<String> = bars
        .iter()
        .map(|bar| {
            let cut = match bar.ending {
                Ending::Completed => "",
                Ending::Dropped => ", cut off",
            };
            format!(
                "{} from {} to {}{cut}",
                bar.name,
                figure::seconds(bar.begin),
                figure::seconds(bar.end)
            )
        })
        .collect();
    format!("{label}: {}", each.join("; "))
}

/// At most seven round values from 0 to `scale`.
fn ticks(scale: f64) -> Vec<f64> {
    let steps = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
    let step = steps
        .into_iter()
        .find(|step| scale / step <= 6.5)
        .unwrap_or(scale / 6.0);
    let mut all = Vec::new();
    let mut tick = 0.0;
    while tick <= scale * 1.001 {
        all.push(tick);
        tick += step;
    }
    all
}

fn tick_label(tick: f64) -> String {
    let text = format!("{tick:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}\u{a0}s")
}

fn anchor(tick: f64, scale: f64) -> &'static str {
    if tick < scale * 0.04 {
        "start"
    } else if tick > scale * 0.95 {
        "end"
    } else {
        "middle"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Metadata;
    use std::path::Path;

    const RUN: &str = "program x
  0.000 | Asking a
  0.000 | Asking b
  1.000 | a answered
  1.500 | Giving up
  1.500 = exit 0
";

    fn lanes(text: &str) -> Vec<Lane> {
        let text = format!("title = 'x'\n{text}");
        let parsed = Metadata::parse(&text, Path::new("lesson.toml"));
        parsed.expect("valid").lanes
    }

    fn run() -> Transcript {
        Transcript::parse(RUN).expect("valid")
    }

    const BOTH: &str = "
[[lane]]
name = 'a'
begins = 'Asking a'
ends = 'a answered'
dropped = 'Giving up'
[[lane]]
name = 'b'
begins = 'Asking b'
ends = 'b answered'
dropped = 'Giving up'
";

    #[test]
    fn a_bar_is_as_long_as_its_lane_and_tells_how_it_ended() {
        let bars = bars(&lanes(BOTH), Way::Right, &run()).expect("matched");
        assert_eq!((bars[0].begin, bars[0].end), (0.0, 1.0));
        assert_eq!(bars[0].ending, Ending::Completed);
        assert_eq!((bars[1].begin, bars[1].end), (0.0, 1.5));
        assert_eq!(bars[1].ending, Ending::Dropped);
    }

    #[test]
    fn a_lane_that_matches_nothing_is_named() {
        let text = BOTH.replace("Asking b", "Asking c");
        let error = bars(&lanes(&text), Way::Right, &run()).expect_err("c");
        assert_eq!(
            error[0].cause,
            "lane `b`: no line of right_way contains «Asking c»"
        );
    }

    #[test]
    fn the_drawing_has_the_lengths_of_the_run() {
        let bars = bars(&lanes(BOTH), Way::Right, &run()).expect("matched");
        let svg = draw(&bars, 2.0, "Right way").into_string();
        assert!(svg.contains(r#"width="50.00%""#), "{svg}");
        assert!(svg.contains(r#"width="75.00%""#), "{svg}");
        assert!(svg.contains("b from 0.0\u{a0}s to 1.5\u{a0}s, cut off"));
    }

    #[test]
    fn names_with_markup_are_escaped() {
        let text = BOTH.replace("name = 'a'", "name = '<b>'");
        let bars = bars(&lanes(&text), Way::Right, &run()).expect("matched");
        let svg = draw(&bars, 2.0, "x").into_string();
        assert!(!svg.contains("<b>"), "{svg}");
    }
}
