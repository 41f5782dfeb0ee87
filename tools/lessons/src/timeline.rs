//! Timelines: what was under way when, as bars and marks.

mod invented;

use crate::metadata::{Lane, Located, Mark, MarkKind, Metadata};
use crate::problem::{Fault, Problem};
use crate::transcript::{End, Transcript};
use crate::way::Way;
use std::path::Path;

/// How a bar ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It came to its own end.
    Completed,
    /// It was refused, or panicked: a mark tells of the error at its end.
    Failed,
    /// It was cut off.
    Dropped,
    /// It was still under way when the run ended.
    Unfinished,
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
    /// How it ended.
    pub ending: Ending,
    /// The place of the printed line that ended it, in the transcript.
    pub last: usize,
}

impl Bar {
    /// Its length in seconds.
    #[must_use]
    pub fn length(&self) -> f64 {
        self.end - self.begin
    }
}

/// One kind of event of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Marked {
    /// The mark's label.
    pub name: String,
    /// What kind of event it is.
    pub kind: MarkKind,
    /// The index of the bar that carries it, or none.
    pub bar: Option<usize>,
    /// When it happened, in seconds from the start of the run.
    pub at: Vec<f64>,
}

/// What was under way when, in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// One bar a lane, in the order of lesson.toml; the whole program where
    /// it names none.
    pub bars: Vec<Bar>,
    /// Its events.
    pub marks: Vec<Marked>,
    /// Seconds from the start of the run to its end.
    pub took: f64,
    /// What an edited program printed that no recorded run prints and no lane
    /// names: it has no bar, and the reader is told so.
    pub unplaced: Vec<String>,
}

/// What can't be drawn, at its line of lesson.toml.
type Unmatched = Located<String>;

impl Timeline {
    /// The timeline of the run that is recorded in `transcript`; `file` is the
    /// lesson.toml with its lanes and marks.
    ///
    /// # Errors
    /// Every lane and mark whose words match no line.
    pub fn of(
        metadata: &Metadata,
        way: Way,
        run: &Transcript,
        (file, transcript): (&Path, &Path),
    ) -> Result<Self, Vec<Fault>> {
        let (mut timeline, unmatched) = Self::found(metadata, way, run, None);
        if timeline.bars.is_empty() {
            timeline.bars.push(whole(run));
        }
        if unmatched.is_empty() {
            return Ok(timeline);
        }
        let remedy = format!(
            "use words of {}, or name the `ways` that have it",
            transcript.display()
        );
        let fault = |missing: Unmatched| {
            Problem::new(missing.value, &remedy).at(file, missing.line)
        };
        Err(unmatched.into_iter().map(fault).collect())
    }

    /// The timeline of a run that is under way, or of a program that may not
    /// do as its lesson says. Lanes that have begun and not ended are open
    /// while it is `running`, and cut off by its end; what matches no line is
    /// left out. What is printed in the words of lanes, but is none's and is
    /// not `recorded`, gets a lane of its own.
    #[must_use]
    pub fn so_far(
        metadata: &Metadata,
        way: Way,
        run: &Transcript,
        running: bool,
        recorded: Option<&Transcript>,
    ) -> Self {
        let open = if running {
            Ending::Unfinished
        } else {
            Ending::Dropped
        };
        let (mut timeline, _) = Self::found(metadata, way, run, Some(open));
        let mut lanes = metadata.lanes.iter();
        let has_lanes = lanes.any(|lane| lane.is_for(way));
        if let Some(recorded) = recorded.filter(|_| has_lanes) {
            let news = invented::News::of(metadata, way, run, recorded);
            timeline.bars.extend(news.bars());
            timeline.unplaced = news.rest();
        }
        if timeline.bars.is_empty() && !(running && has_lanes) {
            let mut bar = whole(run);
            if running {
                bar.ending = Ending::Unfinished;
            }
            timeline.bars.push(bar);
        }
        timeline
    }

    /// What the lanes and marks of a listing match, and what they don't. With
    /// `open`, that is how a lane ends that has only begun.
    fn found(
        metadata: &Metadata,
        way: Way,
        run: &Transcript,
        open: Option<Ending>,
    ) -> (Self, Vec<Unmatched>) {
        let mut timeline = Self {
            bars: Vec::new(),
            marks: Vec::new(),
            took: run.took,
            unplaced: Vec::new(),
        };
        let mut unmatched = Vec::new();
        let lanes = metadata.lanes.iter().filter(|lane| lane.is_for(way));
        for lane in lanes {
            match bar(lane, run, open) {
                Ok(bar) => timeline.bars.push(bar),
                Err(Located { line, value: words }) => {
                    unmatched.push(Located {
                        line,
                        value: format!(
                            "lane `{}`: no line of {} contains \"{words}\"",
                            lane.name,
                            way.stem()
                        ),
                    });
                }
            }
        }
        let marks = metadata.marks.iter().filter(|mark| mark.is_for(way));
        for mark in marks {
            match timeline.marked(mark, way, run) {
                Ok(marked) => timeline.marks.push(marked),
                Err(missing) => unmatched.push(missing),
            }
        }
        timeline.fail(metadata, way, run);
        (timeline, unmatched)
    }

    /// Bars that an error ended have failed, and were not cut off. A row of
    /// marks of which bars tell all is none any more.
    fn fail(&mut self, metadata: &Metadata, way: Way, run: &Transcript) {
        let errors = metadata
            .marks
            .iter()
            .filter(|mark| mark.is_for(way) && mark.kind == MarkKind::Error);
        for mark in errors {
            let of = |bar: &Bar| {
                mark.lane.as_ref().is_none_or(|lane| lane.value == bar.name)
            };
            let words = &mark.at.value;
            let mut told = 0;
            let mut found = Vec::new();
            for (index, bar) in self.bars.iter_mut().enumerate() {
                let end = run.lines.get(bar.last);
                if !of(bar) || end.is_none_or(|end| !end.text.contains(words)) {
                    continue;
                }
                bar.ending = Ending::Failed;
                told += 1;
                found.push(Marked {
                    name: mark.name.clone(),
                    kind: mark.kind,
                    bar: Some(index),
                    at: vec![bar.end],
                });
            }
            let alone = |it: &Marked| it.bar.is_none() && it.name == mark.name;
            let row = self.marks.iter().position(alone);
            if let Some(row) = row.filter(|r| self.marks[*r].at.len() == told) {
                self.marks.splice(row..=row, found);
            }
        }
    }

    fn marked(
        &self,
        mark: &Mark,
        way: Way,
        run: &Transcript,
    ) -> Result<Marked, Unmatched> {
        let words = &mark.at.value;
        let told = run.lines.iter().filter(|line| line.text.contains(words));
        let at: Vec<f64> = told.map(|line| line.at).collect();
        if at.is_empty() {
            return Err(Located {
                line: mark.at.line,
                value: format!(
                    "mark `{}`: no line of {} contains \"{words}\"",
                    mark.name,
                    way.stem()
                ),
            });
        }
        Ok(Marked {
            name: mark.name.clone(),
            kind: mark.kind,
            bar: self.carrier(mark, way)?,
            at,
        })
    }

    /// The index of the bar that carries a mark, if one does.
    fn carrier(
        &self,
        mark: &Mark,
        way: Way,
    ) -> Result<Option<usize>, Unmatched> {
        let Some(name) = &mark.lane else {
            return Ok(None);
        };
        let place = self.bars.iter().position(|b| b.name == name.value);
        place.map(Some).ok_or_else(|| Located {
            line: name.line,
            value: format!(
                "mark `{}`: {} has no lane `{}`",
                mark.name,
                way.stem(),
                name.value
            ),
        })
    }
}

/// The bar of a run that names no lanes.
fn whole(run: &Transcript) -> Bar {
    Bar {
        name: "the program".to_owned(),
        begin: 0.0,
        end: run.took,
        ending: match run.end {
            End::Exit(0) => Ending::Completed,
            End::Exit(_) | End::Signal(_) => Ending::Failed,
            End::Killed => Ending::Unfinished,
        },
        last: run.lines.len(),
    }
}

/// A lane's bar, or the words that no line contains.
fn bar(
    lane: &Lane,
    run: &Transcript,
    open: Option<Ending>,
) -> Result<Bar, Located<String>> {
    let first = run.find(&lane.begins.value, 0);
    let first = first.ok_or_else(|| lane.begins.clone())?;
    let bar = |last: usize, end: f64, ending: Ending| Bar {
        name: lane.name.clone(),
        begin: run.lines[first].at,
        end,
        ending,
        last,
    };
    let done = lane.ends.as_ref().map(|words| (words, Ending::Completed));
    let cut = lane.dropped.as_ref().map(|words| (words, Ending::Dropped));
    let mut missing = lane.begins.clone();
    for (words, ending) in [done, cut].into_iter().flatten() {
        if let Some(last) = run.find(&words.value, first + 1) {
            return Ok(bar(last, run.lines[last].at, ending));
        }
        missing = words.clone();
    }
    let open = lane.unfinished.then_some(Ending::Unfinished).or(open);
    match open {
        Some(ending) => Ok(bar(run.lines.len(), run.took, ending)),
        None => Err(missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "program x
  0.000 | Asking a
  0.000 | Asking b
  1.000 | a answered
  1.500 | Giving up
  1.500 = exit 0
";

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

    fn of(text: &str) -> Result<Timeline, Vec<String>> {
        let text = format!("title = 'x'\n[right_way]\n{text}");
        let parsed = Metadata::parse(&text, Path::new("lesson.toml"));
        let run = Transcript::parse(RUN).expect("valid");
        let (metadata, _) = parsed.expect("valid");
        let files = (Path::new("lesson.toml"), Path::new("right_way.txt"));
        let timeline = Timeline::of(&metadata, Way::Right, &run, files);
        timeline.map_err(|faults| {
            faults.into_iter().map(|it| it.problem.cause).collect()
        })
    }

    #[test]
    fn a_bar_is_as_long_as_its_lane_and_tells_how_it_ended() {
        let bars = of(BOTH).expect("matched").bars;
        assert_eq!((bars[0].begin, bars[0].end), (0.0, 1.0));
        assert_eq!(bars[0].ending, Ending::Completed);
        assert_eq!((bars[1].begin, bars[1].end), (0.0, 1.5));
        assert_eq!(bars[1].ending, Ending::Dropped);
    }

    #[test]
    fn a_lane_may_outlive_the_run_if_it_says_so() {
        let open =
            BOTH.replace("'b answered'\ndropped = 'Giving up'", "'never'");
        assert_eq!(
            of(&open),
            Err(vec![
                "lane `b`: no line of right_way contains \"never\"".to_owned()
            ])
        );
        let bars = of(&format!("{open}unfinished = true")).expect("").bars;
        assert_eq!((bars[1].begin, bars[1].end), (0.0, 1.5));
        assert_eq!(bars[1].ending, Ending::Unfinished);
    }

    #[test]
    fn a_lane_that_matches_nothing_is_named() {
        let error = of(&BOTH.replace("Asking b", "Asking c")).expect_err("c");
        assert_eq!(
            error,
            ["lane `b`: no line of right_way contains \"Asking c\""]
        );
    }

    #[test]
    fn a_mark_stands_at_each_line_with_its_words() {
        let mark = "[[mark]]\nname = 'asked'\nat = 'Asking'\nkind = 'note'\n\
                    [[mark]]\nname = 'late'\nat = 'Giving up'\n\
                    kind = 'timeout'\nlane = 'b'\n";
        let marks = of(&format!("{BOTH}{mark}")).expect("matched").marks;
        assert_eq!((marks[0].bar, &*marks[0].at), (None, &[0.0, 0.0][..]));
        assert_eq!((marks[1].bar, &*marks[1].at), (Some(1), &[1.5][..]));
        let missing = mark.replace("'Asking'", "'Begging'");
        assert_eq!(
            of(&format!("{BOTH}{missing}")).expect_err("Begging"),
            ["mark `asked`: no line of right_way contains \"Begging\""]
        );
    }

    #[test]
    fn a_run_under_way_has_the_lanes_that_have_begun() {
        let text = format!("title = 'x'\n[right_way]\n{BOTH}");
        let parsed = Metadata::parse(&text, Path::new("lesson.toml"));
        let (metadata, _) = parsed.expect("valid");
        let mut run = Transcript::parse(RUN).expect("valid");
        let so_far = |run: &Transcript, running| {
            let seen =
                Timeline::so_far(&metadata, Way::Right, run, running, None);
            let bars = seen.bars.into_iter();
            bars.map(|bar| (bar.name, bar.end, bar.ending))
                .collect::<Vec<_>>()
        };
        let bar = |name: &str, end, ending| (name.to_owned(), end, ending);
        run.lines.truncate(3);
        run.took = 1.2;
        let a = bar("a", 1.0, Ending::Completed);
        let b = bar("b", 1.2, Ending::Unfinished);
        assert_eq!(so_far(&run, true), [a.clone(), b]);
        let b = bar("b", 1.2, Ending::Dropped);
        assert_eq!(so_far(&run, false), [a, b]);
        run.lines.clear();
        assert_eq!(so_far(&run, true), []);
        let whole = bar("the program", 1.2, Ending::Completed);
        assert_eq!(so_far(&run, false), [whole]);
    }

    #[test]
    fn a_bar_that_an_error_ended_has_failed_and_was_not_cut_off() {
        let mark = "[[mark]]\nname = 'refused'\nat = 'Giving up'\n\
                    kind = 'error'\n";
        let run = of(&format!("{BOTH}{mark}")).expect("matched");
        assert_eq!(run.bars[0].ending, Ending::Completed);
        assert_eq!(run.bars[1].ending, Ending::Failed);
        // Its bar tells of it: no row of its own says it once more.
        assert_eq!(run.marks.len(), 1);
        assert_eq!(
            (run.marks[0].bar, &*run.marks[0].at),
            (Some(1), &[1.5][..])
        );
        // An error of another lane, or none, leaves it cut off.
        let other = format!("{BOTH}{mark}lane = 'a'\n");
        let run = of(&other).expect("matched");
        assert_eq!(run.bars[1].ending, Ending::Dropped);
        let timeout = mark.replace("'error'", "'timeout'");
        let run = of(&format!("{BOTH}{timeout}")).expect("matched");
        assert_eq!(run.bars[1].ending, Ending::Dropped);
    }

    #[test]
    fn a_run_without_lanes_has_one_bar() {
        let bars = of("").expect("no lanes").bars;
        assert_eq!(bars[0].name, "the program");
        assert_eq!((bars[0].begin, bars[0].end), (0.0, 1.5));
    }
}
