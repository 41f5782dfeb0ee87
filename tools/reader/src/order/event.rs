//! What a page is told while its program is compiled and runs: one JSON object
//! a line, each with the key `event`.

use lessons::transcript::Line;
use runner::lines::Printed;
use serde::Serialize;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// The first: under which number the run can be stopped.
    Accepted {
        /// Its number.
        run: u64,
        /// What runs, as directives name it.
        listing: String,
        /// Whether the page sent a program of its own.
        edited: bool,
    },
    /// Cargo compiles it.
    Building,
    /// Cargo waits for another cargo, which works in the same folder.
    Waiting,
    /// Cargo compiles this crate. That of the program is the last.
    Compiling {
        /// Its name.
        name: String,
    },
    /// What rustc says of it.
    Diagnostics {
        /// In its order.
        items: Vec<Diagnostic>,
    },
    /// The program was started: times count from now.
    Started,
    /// It printed a line.
    Line {
        /// Seconds since its start, on the real clock.
        at: f64,
        /// The line, without its end.
        text: String,
    },
    /// It printed a part of a line, whose end has not come yet.
    Partial {
        /// When it printed the last of it, as above.
        at: f64,
        /// All that there is of the line, as a terminal shows it: another
        /// partial line takes its place, or the whole one.
        text: String,
    },
    /// What is under way, and what has ended.
    Timeline {
        /// The drawing, an SVG.
        svg: String,
        /// Its figures, as HTML, once the run is over.
        figures: Option<String>,
    },
    /// One of its tests ended.
    Test {
        /// As `cargo test` takes it.
        name: String,
        /// The claim in a sentence.
        says: String,
        /// How it ended.
        result: TestResult,
    },
    /// Why a test failed.
    Failure {
        /// As `cargo test` takes it.
        name: String,
        /// What it printed.
        why: String,
    },
    /// What cargo does to print a chapter.
    Progress {
        /// In its own words.
        text: String,
    },
    /// The last, where a chapter was printed.
    Printed {
        /// Where the PDF is, on this server.
        href: String,
        /// What it is called.
        file: String,
    },
    /// The last, where all went its way.
    Ended(Ended),
    /// The last, where nothing was started.
    Refused {
        /// What is wrong and what to do.
        why: String,
    },
    /// The last, where the run was ended from outside.
    Cut {
        /// By what.
        why: String,
    },
}

/// How a run ended, and what it says of the claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ended {
    /// Seconds from start to end; none if it was never started.
    pub took: Option<f64>,
    /// `exit 0`, `signal 6`, `killed` or `does not compile`.
    pub how: String,
    /// What the recorded run took, in seconds, where there is one.
    pub recorded: Option<f64>,
    /// Whether it did as the lesson says; none if nothing was asserted.
    pub claim: Option<Verdict>,
    /// In words.
    pub why: String,
    /// How it differs from the recorded run, as a diff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
}

/// Whether a run did as the lesson says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// It did.
    #[serde(rename = "met")]
    Met,
    /// It did not.
    #[serde(rename = "not met")]
    NotMet,
}

impl Verdict {
    /// Met if `held`.
    pub fn from(held: bool) -> Self {
        if held { Self::Met } else { Self::NotMet }
    }
}

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TestResult {
    /// As it should.
    Pass,
    /// Otherwise.
    Fail,
    /// It was not run.
    Ignored,
}

/// One message of rustc's. Lines and columns count from 1, columns in
/// characters; there are none where the message is of no place in the listing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub level: String,
    /// `E0308`, or the name of a lint.
    pub code: Option<String>,
    /// The message alone.
    pub message: String,
    /// Where it begins.
    pub line: Option<u64>,
    /// Where it begins.
    pub column: Option<u64>,
    /// Where it ends.
    pub end_line: Option<u64>,
    /// Behind its last character.
    pub end_column: Option<u64>,
    /// All of it, as on a terminal.
    pub rendered: String,
}

impl From<&Printed> for Event {
    fn from(printed: &Printed) -> Self {
        match printed {
            Printed::Line(Line { at, text }) => Self::Line {
                at: rounded(*at),
                text: text.clone(),
            },
            Printed::Begun(Line { at, text }) => Self::Partial {
                at: rounded(*at),
                text: text.clone(),
            },
        }
    }
}

impl Event {
    /// A line of the stream.
    pub fn to_line(&self) -> String {
        // It has only strings for keys: it can't fail.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// Seconds as the transcripts have them: to a millisecond.
pub fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
