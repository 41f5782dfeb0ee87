//! `lesson.toml` as serde reads it, and what is checked on the way to its types.

use super::{About, Lane, Located, Mark, MarkKind, Metadata, Prediction};
use crate::choice::Choice;
use crate::figure::Figure;
use crate::problem::{Fault, Problem, line_of};
use crate::way::{Kind, Way};
use serde::Deserialize;
use std::path::Path;
use toml::Spanned;

type Words = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    title: String,
    #[serde(default)]
    minutes: u16,
    mistake: Option<Words>,
    ask: Option<Words>,
    wrong_way: Option<Spanned<About>>,
    right_way: Option<Spanned<About>>,
    better_way: Option<Spanned<About>>,
    #[serde(default, rename = "lane")]
    lanes: Vec<RawLane>,
    #[serde(default, rename = "mark")]
    marks: Vec<RawMark>,
    #[serde(default, rename = "predict")]
    predictions: Vec<RawPrediction>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLane {
    name: String,
    begins: Words,
    ends: Option<Words>,
    dropped: Option<Words>,
    #[serde(default)]
    unfinished: bool,
    #[serde(default)]
    ways: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMark {
    name: String,
    at: Words,
    kind: MarkKind,
    lane: Option<Words>,
    #[serde(default)]
    ways: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPrediction {
    of: Words,
    asks: Words,
    question: Words,
    choices: Vec<String>,
    #[serde(default)]
    items: Vec<String>,
    why: Words,
}

/// See [`Metadata::parse`].
pub fn parse(text: &str, file: &Path) -> Result<(Metadata, Vec<Fault>), Fault> {
    let raw: Raw = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| line_of(text, span.start));
        let cause = error.message().trim().to_owned();
        Fault::new(
            file,
            line,
            cause,
            "see the table \"lesson.toml\" in tools/REFERENCE.md",
        )
    })?;
    let mut reader = MetadataReader {
        text,
        file,
        faults: Vec::new(),
    };
    let metadata = reader.metadata(raw);
    Ok((metadata, reader.faults))
}

/// Turns what serde read into types, and gathers what is wrong with it.
struct MetadataReader<'t> {
    text: &'t str,
    file: &'t Path,
    faults: Vec<Fault>,
}

impl MetadataReader<'_> {
    fn line<T>(&self, value: &Spanned<T>) -> usize {
        line_of(self.text, value.span().start)
    }

    fn located(&self, words: Words) -> Located<String> {
        Located {
            line: self.line(&words),
            value: words.into_inner(),
        }
    }

    fn fault(&mut self, line: usize, problem: Problem) {
        self.faults.push(problem.at(self.file, line));
    }

    /// The value, or a fault at `line`.
    fn keep<T>(&mut self, line: usize, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.fault(line, problem)).ok()
    }

    fn metadata(&mut self, raw: Raw) -> Metadata {
        let mut metadata = Metadata {
            title: raw.title,
            minutes: raw.minutes,
            mistake: raw.mistake.map(|words| self.located(words)),
            ask: raw.ask.map(|words| self.located(words)),
            abouts: std::collections::BTreeMap::new(),
            lanes: Vec::new(),
            marks: Vec::new(),
            predictions: Vec::new(),
        };
        let tables = [raw.wrong_way, raw.right_way, raw.better_way];
        for (way, table) in Way::ALL.into_iter().zip(tables) {
            let Some(table) = table else { continue };
            let line = self.line(&table);
            for problem in about_problems(way, table.get_ref()) {
                self.fault(line, problem);
            }
            metadata.abouts.insert(way, table.into_inner());
        }
        for lane in raw.lanes {
            let lane = self.lane(lane, &metadata.lanes);
            metadata.lanes.push(lane);
        }
        for mark in raw.marks {
            let mark = self.mark(mark, &metadata.lanes);
            metadata.marks.push(mark);
        }
        for prediction in raw.predictions {
            let prediction = self.prediction(prediction, &metadata);
            metadata.predictions.extend(prediction);
        }
        metadata
    }

    fn ways(&mut self, line: usize, stems: &[String]) -> Vec<Way> {
        let ways = stems.iter().map(|stem| stem.parse());
        let ways: Vec<_> = ways.collect();
        ways.into_iter()
            .filter_map(|way| self.keep(line, way))
            .collect()
    }

    fn lane(&mut self, raw: RawLane, others: &[Lane]) -> Lane {
        let begins = self.located(raw.begins);
        let at = begins.line;
        let lane = Lane {
            name: raw.name,
            begins,
            ends: raw.ends.map(|words| self.located(words)),
            dropped: raw.dropped.map(|words| self.located(words)),
            unfinished: raw.unfinished,
            ways: self.ways(at, &raw.ways),
        };
        if lane.ends.is_none() && lane.dropped.is_none() && !lane.unfinished {
            self.fault(
                at,
                Problem::new(
                    format!("the lane `{}` never ends", lane.name),
                    "give it `ends` or `dropped`, or say `unfinished = true`",
                ),
            );
        }
        if let Some(twin) = others.iter().find(|it| are_one(it, &lane)) {
            self.fault(
                at,
                Problem::new(
                    format!(
                        "the lanes `{}` and `{}` are one",
                        twin.name, lane.name
                    ),
                    "give each a name and words of its own",
                ),
            );
        }
        lane
    }

    fn mark(&mut self, raw: RawMark, lanes: &[Lane]) -> Mark {
        let at = self.located(raw.at);
        let ways = self.ways(at.line, &raw.ways);
        let lane = raw.lane.map(|words| self.located(words));
        if let Some(name) = &lane
            && !lanes.iter().any(|lane| lane.name == name.value)
        {
            let cause = format!("there is no lane `{}`", name.value);
            self.fault(name.line, Problem::new(cause, "name a lane above"));
        }
        Mark {
            name: raw.name,
            at,
            kind: raw.kind,
            lane,
            ways,
        }
    }

    /// `None` for one that can't be asked.
    fn prediction(
        &mut self,
        raw: RawPrediction,
        metadata: &Metadata,
    ) -> Option<Prediction> {
        let stem = raw.of.get_ref();
        let of = Way::from_stem(stem);
        let Some(of) = of.filter(|way| metadata.abouts.contains_key(way))
        else {
            let cause = format!("the lesson has no `{stem}` to predict");
            let problem = Problem::new(cause, "name one of its listings");
            self.fault(self.line(&raw.of), problem);
            return None;
        };
        let line = self.line(&raw.asks);
        let asks = self.keep(line, raw.asks.get_ref().parse())?;
        let asks = match asks {
            Figure::Order(_) => Figure::Order(raw.items),
            other => other,
        };
        let choices = raw.choices.iter().map(|text| Choice::parse(text, &asks));
        let choices: Result<Vec<Choice>, Problem> = choices.collect();
        let choices = self.keep(line, choices)?;
        Some(Prediction {
            of,
            asks: Located { line, value: asks },
            question: self.located(raw.question),
            choices,
            why: self.located(raw.why),
        })
    }
}

/// Whether two lanes of one way would be drawn as the same bar.
fn are_one(a: &Lane, b: &Lane) -> bool {
    let words = |of: &Option<Located<String>>| {
        of.as_ref().map(|words| words.value.clone())
    };
    let same_bar = a.begins.value == b.begins.value
        && words(&a.ends) == words(&b.ends)
        && words(&a.dropped) == words(&b.dropped);
    let of_one_way = Way::ALL.iter().any(|w| a.is_for(*w) && b.is_for(*w));
    of_one_way && (a.name == b.name || same_bar)
}

/// What does not fit together in one listing's table.
fn about_problems(way: Way, about: &About) -> Vec<Problem> {
    let mut problems = Vec::new();
    let stem = way.stem();
    match (way, about.kind) {
        (Way::Wrong, None) => problems.push(Problem::new(
            format!("{stem} has no `kind`"),
            "say what kind of wrong it is, as tools/REFERENCE.md lists them",
        )),
        (Way::Right | Way::Better, Some(_)) => problems.push(Problem::new(
            format!("{stem} has a `kind`, but nothing is wrong with it"),
            "take it out",
        )),
        _ => {}
    }
    if about
        .kill_after_s
        .is_some_and(|s| !s.is_finite() || s <= 0.0)
    {
        problems.push(Problem::new(
            format!("{stem}: `kill_after_s` is no length of time"),
            "write seconds, more than 0",
        ));
    }
    problems.extend(unproven(stem, about));
    problems
}

/// Kinds of wrong that say what proves them, and what proves them, each without
/// the other.
fn unproven(stem: &str, about: &About) -> impl Iterator<Item = Problem> {
    let proofs = [
        (
            Kind::CompileError,
            about.error.is_some(),
            "error = \"E0277\"",
        ),
        (Kind::Hang, about.kill_after_s.is_some(), "kill_after_s = 3"),
        (
            Kind::CompilerWarning,
            about.warns.is_some(),
            "warns = \"lint\"",
        ),
    ];
    let alone = proofs
        .into_iter()
        .filter(|(kind, proven, _)| (about.kind == Some(*kind)) != *proven);
    alone.map(move |(kind, _, key)| {
        Problem::new(
            format!("{stem}: `{kind}` and `{key}` go together"),
            "write both or neither",
        )
    })
}
