//! What timelines look like: each drawing is kept as an SVG that can be opened
//! and looked at. `SNAPSHOTS=overwrite cargo test -p book --test
//! drawings` draws them again.

use book::html::drawing;
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
    }
}

/// Holds a drawing against its file. Lines are broken between tags, so that a
/// difference can be read.
#[track_caller]
fn holds(name: &str, timeline: &Timeline, scale: f64) {
    let drawn = drawing::draw(timeline, scale, name, name).into_string();
    let drawn = drawn.replace("><", ">\n<").replacen(
        "<svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"",
        1,
    ) + "\n";
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drawings");
    let file = dir.join(format!("{name}.svg"));
    assert_data_eq!(drawn, Data::read_from(&file, None).raw());
}

fn drawn(timeline: &Timeline, scale: f64) -> String {
    drawing::draw(timeline, scale, "x", "Right way").into_string()
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
    let words = "a from 0.0 s to 1.0 s, cut off; b from 0.0 s to 1.5 s, still \
                 under way; refused (error) at 0.5 s, 1.0 s. The run ended \
                 after 1.5 s.";
    let drawn = drawn(&run, 1.5).replace('\u{a0}', " ");
    assert!(drawn.contains(&format!(">{words}</desc>")), "{drawn}");
    let table = drawing::figures(&run).into_string().replace('\u{a0}', " ");
    assert!(table.contains("<td colspan=\"3\">0.5 s, 1.0 s</td>"));
}

#[test]
fn bars_end_in_three_ways_and_events_in_four() {
    let mut run = timeline(
        vec![
            bar("completed", 0.0, 1.0, Ending::Completed),
            bar("cut off", 0.5, 2.0, Ending::Dropped),
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
