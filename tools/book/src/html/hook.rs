//! The first thing on the first page: both ways of one lesson in a race that a
//! press of a button starts.
//!
//! It is drawn of what the two programs printed, as timelines are, but of boxes
//! and not as an SVG: its script moves them, and a phone's narrow page leaves
//! their words as large as they are.

use super::drawing;
use super::markdown::code;
use lessons::metadata::Lane;
use lessons::timeline::{Bar, Timeline};
use lessons::transcript::Transcript;
use lessons::{Lesson, Listing, format as figure};
use maud::{Markup, PreEscaped, html};

/// The Markdown of the race of a lesson's ways, with the body of `function` of
/// each, and a link to the first chapter. `None` if one of its ways was not
/// recorded, or has no such function.
#[must_use]
pub fn hook(lesson: &Lesson, function: &str, start: &str) -> Option<String> {
    let ways = lesson.listings.iter();
    let sides: Vec<Side> = ways
        .map(|listing| Side::of(lesson, listing, function))
        .collect::<Option<_>>()?;
    let (first, last) = (sides.first()?.run, sides.last()?.run);
    let ratio = figure::ratio(first.took, last.took)?;
    let scale = drawing::axis(lesson.scale());
    let whole = html! {
        section.hook aria-label="A race of two programs" data-scale=(scale) {
            div.charts {
                @for side in &sides { (side.chart(scale)) }
                div.row.axis aria-hidden="true" {
                    span {}
                    div.track {
                        @for second in ticks(scale) {
                            i.tick style={ "left:" (share(second, scale)) } {
                                (second) " s"
                            }
                        }
                    }
                }
            }
            div.bar {
                div.tools { button type="button" data-do="hook" { "Race them" } }
                p.said role="status" data-ratio=(ratio) {
                    "Each bar is a call, from the line that it printed first \
                     to the one that it printed last."
                }
                a.start href=(start) { "Start with chapter 1 →" }
            }
        }
    };
    Some(format!("{}\n\n", whole.into_string()))
}

/// One way of the race.
struct Side<'l> {
    listing: &'l Listing,
    timeline: &'l Timeline,
    run: &'l Transcript,
    lanes: &'l [Lane],
    body: String,
}

impl<'l> Side<'l> {
    fn of(
        lesson: &'l Lesson,
        listing: &'l Listing,
        function: &str,
    ) -> Option<Self> {
        Some(Self {
            listing,
            timeline: listing.timeline.as_ref()?,
            run: listing.transcript.as_ref()?,
            lanes: &lesson.metadata.lanes,
            body: body(&listing.source.program(), function)?,
        })
    }

    /// What it does, in words.
    fn title(&self) -> &'static str {
        let bars = &self.timeline.bars;
        match (bars.first(), bars.last()) {
            (Some(first), Some(last)) if first.end > last.begin => {
                "all at once"
            }
            _ => "one after another",
        }
    }

    /// What it does, its code, and a row for each call.
    fn chart(&self, scale: f64) -> Markup {
        let lanes = self.timeline.bars.iter().zip(self.lanes);
        let end = share(self.run.took, scale);
        let words = described(self.timeline, self.run);
        html! {
            div class={ "chart " (self.listing.way().dashed()) }
                data-listing=(self.listing.id) data-took=(self.run.took) {
                p.way {
                    span aria-hidden="true" { (self.listing.way().sign()) }
                    " " (self.title())
                }
                (PreEscaped(code("rust", &self.body)))
                div.rows {
                    div role="img" aria-label=(words) {
                        @for (number, (bar, lane)) in (1..).zip(lanes) {
                            (row(number, bar, lane, scale))
                        }
                    }
                    div.row.over {
                        span {}
                        div.track {
                            i.end style={ "left:" (end) } {
                                b.clock { (self.run.took_figure()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn row(number: usize, bar: &Bar, lane: &Lane, scale: f64) -> Markup {
    let place = format!(
        "left:{};width:{}",
        share(bar.begin, scale),
        share(bar.length(), scale)
    );
    html! {
        div.row title=(bar.name) {
            span { "prompt " (number) }
            div.track {
                i.call style=(place) data-begin=(bar.begin) data-end=(bar.end)
                    data-begins=(lane.begins.value)
                    data-ends=[lane.ends.as_ref().map(|it| &it.value)] {}
            }
        }
    }
}

fn share(seconds: f64, scale: f64) -> String {
    format!("{:.2}%", 100.0 * seconds / scale)
}

/// The seconds that the axis names.
fn ticks(scale: f64) -> impl Iterator<Item = f64> {
    (0_u32..)
        .map(|step| f64::from(2 * step))
        .take_while(move |at| *at <= scale)
}

/// The chart in words.
fn described(timeline: &Timeline, run: &Transcript) -> String {
    let calls: Vec<String> = (1..)
        .zip(&timeline.bars)
        .map(|(number, bar)| {
            let (begin, end) =
                (figure::seconds(bar.begin), figure::seconds(bar.end));
            format!("prompt {number} from {begin} to {end}")
        })
        .collect();
    format!("{}. The end after {}.", calls.join(", "), run.took_figure())
}

/// The body of a function of a program, without its comments.
fn body(program: &str, function: &str) -> Option<String> {
    let head = format!("fn {function}(");
    let lines = program.lines().skip_while(|line| !line.contains(&head));
    let body: Vec<&str> = lines
        .skip(1)
        .take_while(|line| *line != "}")
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| line.strip_prefix("    ").unwrap_or(line))
        .collect();
    (!body.is_empty()).then(|| body.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_without_its_signature_and_comments() {
        let program = "fn a() {\n    b();\n}\n\nasync fn all(\n) {\n    // so\n    \
                       for x in y {\n        z();\n    }\n}\n";
        assert_eq!(body(program, "a").as_deref(), Some("b();"));
        assert_eq!(body(program, "c"), None);
    }
}
