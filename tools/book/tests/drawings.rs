//! What timelines look like: each drawing is kept as a page that can be opened
//! and looked at. `SNAPSHOTS=overwrite cargo test -p book --test
//! drawings` draws them again.

use book::html::drawing::{self, Frame};
use lessons::metadata::MarkKind;
use lessons::timeline::{Bar, Ending, Marked, Timeline};
use snapbox::{Data, assert_data_eq};
use std::path::Path;

fn bar(name: &str, begin: f64, end: f64, ending: Ending) -> Bar {
    Bar {
        name: name.to_owned(),
        begin,
        end,
        ending,
        last: 0,
    }
}

fn timeline(bars: Vec<Bar>, took: f64) -> Timeline {
    Timeline {
        bars,
        marks: Vec::new(),
        took,
        unplaced: Vec::new(),
    }
}

fn frame(scale: f64) -> Frame {
    Frame { scale, gutter: 0 }
}

/// The head of a page with one drawing, in the book's own style.
const HEAD: &str = "<!doctype html>
<meta charset=\"utf-8\">
<link rel=\"stylesheet\" href=\"../../page/css/timeline.css\">
<style>body { --fg: #000; --bg: #fff; --soft: #555; --line: #ccc; --way: #17663a;
--prose: sans-serif; --bold: 650; margin: 2em; max-width: 46em }</style>
";

/// Holds a drawing against its file. Lines are broken between tags, so that a
/// difference can be read.
#[track_caller]
fn holds(name: &str, timeline: &Timeline, scale: f64) {
    let drawn = drawing::draw(timeline, frame(scale), name, name).into_string()
        + &drawing::legend(timeline, name).into_string()
        + &drawing::figures(timeline).into_string();
    let page = format!("{HEAD}{}\n", drawn.replace("><", ">\n<"));
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drawings");
    let file = dir.join(format!("{name}.html"));
    assert_data_eq!(page, Data::read_from(&file, None).raw());
}

fn drawn(timeline: &Timeline, scale: f64) -> String {
    drawing::draw(timeline, frame(scale), "x", "Right way").into_string()
}

#[test]
fn bars_are_as_long_as_their_share_of_the_scale() {
    let run = timeline(
        vec![
            bar("a", 0.0, 1.0, Ending::Completed),
            bar("b", 0.5, 2.0, Ending::Dropped),
        ],
        2.0,
    );
    let alone = drawn(&run, 2.0);
    assert!(alone.contains(r#"x="0.00%" width="50.00%""#), "{alone}");
    assert!(alone.contains(r#"x="25.00%" width="75.00%""#), "{alone}");
    let paired = drawn(&run, 4.0);
    assert!(paired.contains(r#"x="0.00%" width="25.00%""#), "{paired}");
}

#[test]
fn an_instant_is_not_blown_up() {
    let run = timeline(vec![bar("a", 0.0, 0.0, Ending::Completed)], 0.002);
    assert!(drawn(&run, 0.002).contains(r#"data-scale="1""#));
}

#[test]
fn what_is_seen_is_said_too() {
    let mut run = timeline(
        vec![
            bar("a", 0.0, 1.0, Ending::Dropped),
            bar("b", 0.0, 1.5, Ending::Unfinished),
        ],
        1.5,
    );
    run.marks.push(Marked {
        name: "refused".to_owned(),
        kind: MarkKind::Error,
        bar: Some(0),
        at: vec![0.5, 1.0],
    });
    let said = drawing::figures(&run).into_string().replace('\u{a0}', " ");
    for words in [
        "a from 0.0 s to 1.0 s, cut off",
        "b from 0.0 s to 1.5 s, still under way",
        "refused (error) at 0.5 s, 1.0 s",
        "The run ended after 1.5 s.",
    ] {
        assert!(said.contains(&format!("<li>{words}</li>")), "{said}");
    }
    let title = drawn(&run, 1.5).replace('\u{a0}', " ");
    assert!(title.contains("aria-label=\"Right way, ended at 1.5 s\""));
}

#[test]
fn one_legend_has_every_sign_of_a_drawing_and_no_other() {
    let mut run = timeline(vec![bar("a", 0.0, 1.0, Ending::Completed)], 1.0);
    let legend = |run: &Timeline| drawing::legend(run, "x").into_string();
    assert_eq!(legend(&run), "");
    run.bars.push(bar("b", 0.0, 0.5, Ending::Dropped));
    for name in ["429", "429", "refused"] {
        run.marks.push(Marked {
            name: name.to_owned(),
            kind: MarkKind::Error,
            bar: Some(0),
            at: vec![0.5],
        });
    }
    let told = legend(&run);
    assert_eq!(told.matches("<li>").count(), 2, "{told}");
    assert!(told.contains("href=\"#x-error\""), "{told}");
    assert!(told.contains("</svg>429, refused</li>"), "{told}");
    assert!(told.contains("</svg>cut off</li>"), "{told}");
}

#[test]
fn no_bar_begins_in_the_gutter_and_all_ways_of_a_lesson_share_it() {
    let short = timeline(vec![bar("a", 0.0, 1.0, Ending::Completed)], 1.0);
    let name = "What is the capital of France?";
    let long = timeline(vec![bar(name, 0.0, 1.0, Ending::Completed)], 2.0);
    let both = frame(1.0).holding(&short).holding(&long);
    for run in [&short, &long] {
        let drawn = drawing::draw(run, both, "x", "x").into_string();
        let gutter = format!("--gutter:{}px", both.gutter);
        assert!(drawn.contains(&gutter), "{drawn}");
        assert!(drawn.contains("data-scale=\"2\""), "{drawn}");
    }
    assert!((80..=126).contains(&both.gutter), "{}", both.gutter);
}

#[test]
fn the_end_of_a_run_is_told_on_a_line_of_its_own() {
    let run = timeline(vec![bar("a", 0.0, 1.0, Ending::Completed)], 1.0);
    let drawn = drawn(&run, 1.0);
    let y = |class: &str| {
        let (_, at) = drawn
            .split_once(&format!("class=\"{class}\""))
            .expect(class);
        let (_, y) = at.split_once(" y=\"").expect("a place");
        y.split_once('"')
            .expect("an end")
            .0
            .parse::<u32>()
            .expect("a number")
    };
    let (name, end, tick) = (y("name"), y("over\" x=\"100.00%"), y("tick"));
    assert!(name + 12 <= end && end + 12 <= tick, "{name} {end} {tick}");
}

#[test]
fn bars_end_in_four_ways_and_events_in_four() {
    let mut run = timeline(
        vec![
            bar("completed", 0.0, 1.0, Ending::Completed),
            bar("cut off", 0.5, 2.0, Ending::Dropped),
            bar("failed", 0.5, 0.5, Ending::Failed),
            bar("still under way", 1.0, 3.0, Ending::Unfinished),
        ],
        3.0,
    );
    let kinds = [
        MarkKind::Error,
        MarkKind::Retry,
        MarkKind::Timeout,
        MarkKind::Note,
    ];
    for (place, kind) in kinds.into_iter().enumerate() {
        run.marks.push(Marked {
            name: kind.word().to_owned(),
            kind,
            bar: (place == 0).then_some(1),
            at: vec![0.5, 2.0],
        });
    }
    holds("endings-and-events", &run, 3.0);
}

#[test]
fn a_tenth_of_a_second_beside_a_minute() {
    let run = timeline(vec![bar("call", 0.0, 0.1, Ending::Completed)], 0.1);
    holds("short-beside-long", &run, 60.0);
}

#[test]
fn bars_that_overlap_or_have_no_length() {
    let run = timeline(
        vec![
            bar("first", 0.0, 1.5, Ending::Completed),
            bar("overlaps", 1.0, 2.0, Ending::Completed),
            bar("an instant", 1.0, 1.0, Ending::Completed),
            bar("an instant, cut off", 2.0, 2.0, Ending::Dropped),
        ],
        2.0,
    );
    holds("overlaps-and-instants", &run, 2.0);
}

#[test]
fn names_with_markup_and_from_right_to_left() {
    let run = timeline(
        vec![
            bar("<script>alert(1)</script>", 0.0, 1.0, Ending::Completed),
            bar("a & \"b\"", 0.0, 1.0, Ending::Completed),
            bar("קפה עם חלב", 0.0, 1.0, Ending::Dropped),
            bar(&"very ".repeat(20), 0.0, 1.0, Ending::Completed),
        ],
        1.0,
    );
    holds("names", &run, 1.0);
}

#[test]
fn a_hundred_lanes() {
    let bars = (0..100)
        .map(|n| {
            let begin = f64::from(n) * 0.02;
            bar(&format!("call {n}"), begin, begin + 1.0, Ending::Completed)
        })
        .collect();
    holds("hundred-lanes", &timeline(bars, 3.0), 3.0);
}
