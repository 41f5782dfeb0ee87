//! What the template gets: a document with its chapters, listings and answers
//! as data.

use crate::markdown::{self, CodeRow, GlossaryTerm, Inline, PaperBlock};
use crate::schedule::Day;
use book::appendix;
use book::expand;
use book::html::{diff, drawing, folds, listing as page, pair};
use lessons::metadata::Located;
use lessons::timeline::{Bar, Ending, Timeline};
use lessons::transcript::Transcript;
use lessons::{
    Kind, Lesson, Library, Listing, Problem, Question, format as figure,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The columns of what a program printed that fit into the margin.
const MARGIN_COLUMNS: usize = 32;

/// How many lines of what a program printed are in the margin, which else is
/// longer than the program: of more, the first and the last.
const FIRST_PRINTED: usize = 12;
const LAST_PRINTED: usize = 5;

/// The columns of what rustc says, which is set smaller than code.
const RUSTC_COLUMNS: usize = 88;

/// One PDF.
#[derive(Debug, Clone, Serialize)]
pub struct Document {
    /// The title in its metadata and its header.
    pub title: String,
    /// The title of the book.
    pub book: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Typst's name of the paper.
    pub paper: &'static str,
    /// Whether it is an instructor's copy.
    pub instructor: bool,
    /// Whether it is the whole course.
    pub whole: bool,
    /// What is printed, in order.
    pub chapters: Vec<Chapter>,
    /// What a course takes, for an instructor: in few days, and in
    /// one more.
    pub courses: Vec<Vec<Day>>,
    /// Each lesson, for an instructor.
    pub lessons: Vec<Entry>,
}

/// A lesson in the table of all.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// The number of its chapter.
    pub chapter: String,
    /// The lesson in a few words.
    pub title: Vec<Inline>,
    /// The notebook cells that it mirrors.
    pub cells: Vec<u8>,
    /// How long a class needs for it.
    pub minutes: u32,
}

/// One chapter.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Chapter {
    /// The stem of its file, which is also its label.
    pub stem: String,
    /// Its number; none where it is no lesson.
    pub number: Option<String>,
    /// Its first heading.
    pub title: Vec<Inline>,
    /// Its name in the contents.
    pub plain_title: String,
    /// How long a class needs for its lessons, in minutes.
    pub minutes: u32,
    /// The questions that it answers: its headings.
    pub goals: Vec<Vec<Inline>>,
    /// Its text, without that heading.
    pub blocks: Vec<PaperBlock>,
    /// Its footnotes by their labels.
    pub notes: BTreeMap<String, Vec<PaperBlock>>,
    /// The listings that it shows, by their ids.
    pub listings: BTreeMap<String, PrintedListing>,
    /// The answers to its predictions.
    pub answers: Vec<Answer>,
    /// The words of the glossary that it uses.
    pub terms: Vec<GlossaryTerm>,
}

/// A listing on paper.
#[derive(Debug, Clone, Serialize)]
pub struct PrintedListing {
    /// "Wrong way", say.
    pub way: &'static str,
    /// The sign that goes with the word.
    pub sign: &'static str,
    /// What is wrong with a wrong way.
    pub kind: Option<String>,
    /// Its file, from the lesson's folder on.
    pub file: String,
    /// What runs it, or has the compiler refuse it.
    pub command: String,
    /// Its program, without tests; what was met above is folded.
    pub rows: Vec<CodeRow>,
    /// What is predicted of it.
    pub questions: Vec<Asked>,
    /// What rustc says of it, where the lesson shows that.
    pub rustc: Vec<CodeRow>,
    /// What it printed; none for code that does not compile.
    pub run: Option<PrintedRun>,
    /// What was under way when.
    pub timeline: Option<Drawing>,
    /// Of its lesson; only behind the last listing of it.
    pub pair: Option<Pair>,
    /// For an instructor; only above the first listing of its lesson.
    pub lesson: Option<Guide>,
    /// What is claimed, and the test of it; for an instructor.
    pub claims: Vec<HeldClaim>,
}

/// A prediction.
#[derive(Debug, Clone, Serialize)]
pub struct Asked {
    /// Its number in the chapter.
    pub number: usize,
    /// The question.
    pub words: Vec<PaperBlock>,
    /// What there is to tick.
    pub choices: Vec<String>,
    /// The place of the right one among them.
    pub right: usize,
    /// Why it is right.
    pub why: Vec<PaperBlock>,
}

/// The answer to a prediction.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// The number of the question.
    pub number: usize,
    /// The right choice.
    pub answer: String,
    /// Why it is right.
    pub why: Vec<PaperBlock>,
}

/// What a program printed.
#[derive(Debug, Clone, Serialize)]
pub struct PrintedRun {
    /// What it printed; of many lines the first and the last.
    pub lines: Vec<PrintedLine>,
    /// When it ended, in seconds.
    pub took: String,
    /// How it ended, in words.
    pub ended: String,
}

/// A printed line.
#[derive(Debug, Clone, Serialize)]
pub struct PrintedLine {
    /// When, in seconds.
    pub at: String,
    /// The line.
    pub rows: Vec<CodeRow>,
}

/// A timeline, its lengths as shares of its width.
#[derive(Debug, Clone, Serialize)]
pub struct Drawing {
    /// The drawing in words.
    pub alt: String,
    /// Its bars, then its rows of marks.
    pub lanes: Vec<LaneRow>,
    /// The round values of its axis.
    pub ticks: Vec<Tick>,
    /// Where the run ended.
    pub over: f64,
    /// When that was, in words.
    pub took: String,
}

/// A bar, or a row of marks alone.
#[derive(Debug, Clone, Serialize)]
pub struct LaneRow {
    /// Its label.
    pub name: String,
    /// How long the bar is, in words.
    pub length: String,
    /// The bar; none for a row of marks.
    pub bar: Option<LaneBar>,
    /// Its events.
    pub marks: Vec<EventMark>,
}

/// From where to where something was under way.
#[derive(Debug, Clone, Serialize)]
pub struct LaneBar {
    /// Where it begins.
    pub begin: f64,
    /// How long it is.
    pub length: f64,
    /// `completed`, `dropped` or `unfinished`.
    pub ending: &'static str,
}

/// An event.
#[derive(Debug, Clone, Serialize)]
pub struct EventMark {
    /// `error`, `retry`, `timeout` or `note`.
    pub kind: &'static str,
    /// Where it stands.
    pub at: f64,
}

/// A place on the axis.
#[derive(Debug, Clone, Serialize)]
pub struct Tick {
    /// Where it stands.
    pub at: f64,
    /// Its words; none where others stand.
    pub label: Option<String>,
}

/// The listings of a lesson compared.
#[derive(Debug, Clone, Serialize)]
pub struct Pair {
    /// The times of the first and the last way, and their ratio.
    pub verdict: Option<String>,
    /// How many lines changed, from each way to the next.
    pub changes: Vec<String>,
}

/// What an instructor is told of a lesson.
#[derive(Debug, Clone, Serialize)]
pub struct Guide {
    /// The lesson in a few words.
    pub title: Vec<Inline>,
    /// How long a class needs for it.
    pub minutes: u32,
    /// The notebook cells that it mirrors.
    pub cells: Vec<u8>,
    /// What the wrong way does, where it has one.
    pub wrong: Vec<PaperBlock>,
    /// How one comes to do it wrong.
    pub mistake: Vec<PaperBlock>,
    /// A question to ask the room.
    pub ask: Vec<PaperBlock>,
}

/// A claim and what holds it.
#[derive(Debug, Clone, Serialize)]
pub struct HeldClaim {
    /// The claim in a sentence.
    pub says: String,
    /// What the assertion expects.
    pub exact: String,
    /// The command that checks it.
    pub test: String,
}

impl PrintedListing {
    /// The listing as a student gets it, who has met those `above` it. Its
    /// questions are numbered from `first`.
    #[must_use]
    pub fn new(
        lesson: &Lesson,
        listing: &Listing,
        above: &[&Listing],
        (asked, first): (&[Question], usize),
    ) -> Self {
        let rustc = listing.diagnostics.as_deref().unwrap_or_default();
        let last = lesson.after(listing.way()).is_none();
        Self {
            way: listing.way().title(),
            sign: listing.way().sign(),
            kind: listing.about.kind.map(|kind| kind.to_string()),
            file: page::file(listing),
            command: listing.command(),
            rows: program(lesson, listing, above),
            questions: (first..)
                .zip(asked)
                .map(|(number, question)| ask(number, question))
                .collect(),
            rustc: markdown::rows("text", rustc, RUSTC_COLUMNS, &[]),
            run: listing.transcript.as_ref().map(run),
            timeline: listing
                .timeline
                .as_ref()
                .map(|timeline| draw(timeline, lesson.scale())),
            pair: last.then(|| compare(lesson)).flatten(),
            lesson: None,
            claims: Vec::new(),
        }
    }

    /// The listing with what an instructor gets besides.
    ///
    /// # Errors
    /// If a directive in the words of lesson.toml is faulty.
    pub fn with_guide(
        mut self,
        library: &Library,
        lesson: &Lesson,
        listing: &Listing,
    ) -> Result<Self, Problem> {
        if lesson.before(listing.way()).is_none() {
            self.lesson = Some(guide(library, lesson)?);
        }
        self.claims = appendix::rows(listing)
            .into_iter()
            .map(|row| HeldClaim {
                says: row.says,
                exact: row.exact.join(", "),
                test: row.test,
            })
            .collect();
        Ok(self)
    }
}

/// The rows of a program, what was met above in one each.
fn program(
    lesson: &Lesson,
    listing: &Listing,
    above: &[&Listing],
) -> Vec<CodeRow> {
    let text = listing.source.program();
    let changed = page::changed(lesson, listing);
    let folds = folds::folds(lesson, listing, above);
    let mut rows = Vec::new();
    let mut line = 0;
    for row in markdown::rows("rust", &text, markdown::COLUMNS, &changed) {
        line = row.number.unwrap_or(line);
        let fold = folds.iter().find(|it| it.lines.contains(&(line - 1)));
        match fold {
            None => rows.push(row),
            Some(fold) if row.number == Some(fold.lines.start + 1) => {
                let words = format!("{}: {}", fold.what, fold.met);
                rows.extend(markdown::fold(&words, markdown::COLUMNS));
            }
            Some(_) => {}
        }
    }
    rows
}

fn ask(number: usize, question: &Question) -> Asked {
    Asked {
        number,
        words: markdown::parse(&question.question, "").blocks,
        choices: question.choices.clone(),
        right: question.right,
        why: markdown::parse(&question.why, "").blocks,
    }
}

fn run(run: &Transcript) -> PrintedRun {
    let printed = |line: &lessons::transcript::Line| PrintedLine {
        at: figure::column(line.at),
        rows: markdown::rows("text", &line.text, MARGIN_COLUMNS, &[]),
    };
    let mut lines: Vec<PrintedLine> = run.lines.iter().map(printed).collect();
    let last = lines.len().saturating_sub(LAST_PRINTED);
    if last > FIRST_PRINTED + 1 {
        let words = format!("… {} lines more", last - FIRST_PRINTED);
        let gap = PrintedLine {
            at: String::new(),
            rows: markdown::rows("text", &words, MARGIN_COLUMNS, &[]),
        };
        lines.splice(FIRST_PRINTED..last, [gap]);
    }
    PrintedRun {
        lines,
        took: figure::column(run.took),
        ended: page::ended(run),
    }
}

fn lane_bar(bar: &Bar, scale: f64) -> LaneBar {
    LaneBar {
        begin: bar.begin / scale,
        length: bar.length() / scale,
        ending: match bar.ending {
            Ending::Completed | Ending::Failed => "completed",
            Ending::Dropped => "dropped",
            Ending::Unfinished => "unfinished",
        },
    }
}

fn draw(timeline: &Timeline, scale: f64) -> Drawing {
    let scale = drawing::axis(scale.max(timeline.took));
    let marks = |bar: Option<usize>| {
        let mine = timeline.marks.iter().filter(move |mark| mark.bar == bar);
        mine.map(|mark| (mark, placed(mark, scale)))
    };
    let bars = timeline
        .bars
        .iter()
        .enumerate()
        .map(|(place, bar)| LaneRow {
            name: bar.name.clone(),
            length: lengthy(bar),
            bar: Some(lane_bar(bar, scale)),
            marks: marks(Some(place)).flat_map(|(_, marks)| marks).collect(),
        });
    let alone = marks(None).map(|(mark, marks)| LaneRow {
        name: mark.name.clone(),
        length: String::new(),
        bar: None,
        marks,
    });
    let tick = |at: f64| Tick {
        at: at / scale,
        // The end of the run has a label of its own.
        label: ((at - timeline.took).abs() > scale * 0.14)
            .then(|| drawing::tick_label(at)),
    };
    Drawing {
        alt: drawing::describe(timeline),
        lanes: bars.chain(alone).collect(),
        ticks: drawing::ticks(scale).into_iter().map(tick).collect(),
        over: timeline.took / scale,
        took: figure::seconds(timeline.took),
    }
}

fn placed(mark: &lessons::timeline::Marked, scale: f64) -> Vec<EventMark> {
    let kind = mark.kind.word();
    let at = mark.at.iter().map(|at| at / scale);
    at.map(|at| EventMark { kind, at }).collect()
}

fn lengthy(bar: &Bar) -> String {
    let length = figure::seconds(bar.length());
    match drawing::ending(bar) {
        "" => length,
        words => format!("{length}, {words}"),
    }
}

fn compare(lesson: &Lesson) -> Option<Pair> {
    (lesson.listings.len() > 1).then(|| Pair {
        verdict: pair::verdict(lesson),
        changes: lesson
            .listings
            .windows(2)
            .map(|pair| {
                let (old, new) = (&pair[0], &pair[1]);
                let texts = (old.source.program(), new.source.program());
                format!(
                    "{} to {}: {}",
                    old.way().title().to_lowercase(),
                    new.way().title().to_lowercase(),
                    diff::summary(&texts.0, &texts.1)
                )
            })
            .collect(),
    })
}

impl Entry {
    /// The entry of a lesson of the chapter with this number.
    #[must_use]
    pub fn new(chapter: &str, lesson: &Lesson) -> Self {
        Self {
            chapter: chapter.to_owned(),
            title: title(lesson),
            cells: cells(lesson),
            minutes: lesson.metadata.minutes.into(),
        }
    }
}

fn title(lesson: &Lesson) -> Vec<Inline> {
    let blocks = markdown::parse(&lesson.metadata.title, "").blocks;
    match blocks.into_iter().next() {
        Some(PaperBlock::Para { body }) => body,
        _ => Vec::new(),
    }
}

/// The notebook cells that a lesson mirrors.
fn cells(lesson: &Lesson) -> Vec<u8> {
    let about = lesson.listings.iter().map(|listing| &listing.about);
    let cells = about.flat_map(|about| about.cells.clone());
    cells.collect::<BTreeSet<u8>>().into_iter().collect()
}

fn guide(library: &Library, lesson: &Lesson) -> Result<Guide, Problem> {
    let about = &lesson.metadata;
    let told = |words: Option<&Located<String>>| match words {
        Some(words) => expand::words(library, lesson, &words.value),
        None => Ok(String::new()),
    };
    let wrong = lesson.listings.first().and_then(|l| wrong(lesson, l));
    let set = |words: String| markdown::parse(&words, "").blocks;
    Ok(Guide {
        title: title(lesson),
        minutes: about.minutes.into(),
        cells: cells(lesson),
        wrong: set(wrong.unwrap_or_default()),
        mistake: told(about.mistake.as_ref()).map(set)?,
        ask: told(about.ask.as_ref()).map(set)?,
    })
}

/// What the wrong way of a lesson does, told from its kind and its record.
fn wrong(lesson: &Lesson, listing: &Listing) -> Option<String> {
    let about = &listing.about;
    let run = listing.transcript.as_ref();
    let took = run.map(Transcript::took_figure).unwrap_or_default();
    Some(match about.kind? {
        Kind::Slow => {
            let end = pair::verdict(lesson).unwrap_or(took);
            format!("It works, and it takes too long: {end}.")
        }
        Kind::NeverRuns => format!(
            "What it asks for never happens, and nothing says so: it ends \
             after {took} as if all were well."
        ),
        Kind::LosesData => {
            "It throws away what it already had or paid for.".to_owned()
        }
        Kind::Counts => {
            "It gives the right result and does something too often on the \
             way: compare the counts, not the answers."
                .to_owned()
        }
        Kind::Order => {
            "Things come in another order than its author believes.".to_owned()
        }
        Kind::CompilerWarning => format!(
            "It compiles with a warning, `{}`, and the warning is right.",
            about.warns.as_deref().unwrap_or_default()
        ),
        Kind::CompileError => format!(
            "It does not compile: {}.",
            about.error.as_deref().unwrap_or_default()
        ),
        Kind::Panic => format!("It compiles, and panics after {took}."),
        Kind::Hang => {
            "It waits for what never comes, until it is killed.".to_owned()
        }
    })
}
