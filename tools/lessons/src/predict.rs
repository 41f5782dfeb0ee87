//! Predictions: questions about a run, with the answer and the plausible
//! mistakes computed from the recorded run.

use crate::fault::{Fault, line_of};
use crate::figure;
use crate::lesson::{Kind, Prediction, Way};
use crate::library::{Lesson, Listing};
use crate::measure::{self, Refusal, refuse};
use crate::timeline::{Bar, Ending};
use crate::transcript::End;
use sha2::{Digest, Sha256};

/// A question with its choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its id on the page: `predict-breakfast-wrong-way-took`.
    pub id: String,
    /// The question, in Markdown with directives.
    pub question: String,
    /// What there is to choose from, in an order that tells nothing.
    pub choices: Vec<String>,
    /// The place of the right one among them.
    pub right: usize,
    /// Why it is right, in Markdown with directives.
    pub why: String,
}

impl Question {
    /// The right answer.
    #[must_use]
    pub fn answer(&self) -> &str {
        &self.choices[self.right]
    }
}

const ASKS: &str = "ask for took, span LANE, at WORDS, count WORDS, \
                    number WORDS, order or end";

/// The questions that a lesson asks about one of its listings.
///
/// `text` is what its lesson.toml says, for the lines of faults.
///
/// # Errors
/// Every question whose answer, or one of whose choices, the recorded runs do
/// not give, or whose choices are not distinct.
pub fn questions(
    lesson: &Lesson,
    listing: &Listing,
    text: &str,
) -> Result<Vec<Question>, Vec<Fault>> {
    let mut found: Vec<Question> = Vec::new();
    let mut faults = Vec::new();
    let stem = listing.way.stem();
    let mine = lesson.metadata.predictions.iter();
    for prediction in mine.filter(|p| p.of.get_ref() == stem) {
        match question(lesson, listing, prediction) {
            Ok(mut question) => {
                let twins = found.iter().filter(|q| q.id == question.id);
                let twins = twins.count();
                if twins > 0 {
                    question.id += &format!("-{}", twins + 1);
                }
                found.push(question);
            }
            Err((cause, remedy)) => {
                let line = line_of(text, prediction.asks.span().start);
                faults.push(Fault::new(&lesson.file, line, cause, remedy));
            }
        }
    }
    if faults.is_empty() {
        Ok(found)
    } else {
        Err(faults)
    }
}

fn question(
    lesson: &Lesson,
    listing: &Listing,
    prediction: &Prediction,
) -> Result<Question, Refusal> {
    let asks = prediction.asks.get_ref().trim();
    let (what, words) = asks.split_once(' ').unwrap_or((asks, ""));
    let right = match what {
        "took" | "span" | "at" => time(lesson, listing, asks)?,
        "count" => Answer::Count(measure::count(listing, words)?),
        "number" => Answer::Count(measure::number(listing, words)?),
        "order" => Answer::Order(order(listing, &prediction.items)?),
        "end" => Answer::End(end(listing)?),
        _ => return refuse(format!("nothing is known of «{asks}»"), ASKS),
    };
    let mut answers = vec![right.clone()];
    for choice in prediction.choices.get_ref() {
        answers.push(mistake(lesson, listing, &right, choice)?);
    }
    if answers.len() < 2 {
        let cause = "the question has no wrong choice".to_owned();
        return refuse(cause, "add the plausible mistakes to `choices`");
    }
    let id = format!("predict-{}-{what}", listing.bin());
    arrange(&mut answers, &id);
    let choices: Vec<String> = answers.iter().map(Answer::text).collect();
    for (place, choice) in choices.iter().enumerate() {
        if choices[..place].contains(choice) {
            let cause = format!("two choices read «{choice}»");
            return refuse(cause, "name another mistake");
        }
    }
    let place = answers.iter().position(|answer| *answer == right);
    Ok(Question {
        id,
        question: prediction.question.get_ref().clone(),
        choices,
        right: place.unwrap_or_default(),
        why: prediction.why.get_ref().clone(),
    })
}

/// One choice.
#[derive(Debug, Clone, PartialEq)]
enum Answer {
    Time(f64),
    Count(usize),
    Order(Vec<String>),
    End(&'static str),
}

impl Answer {
    fn text(&self) -> String {
        match self {
            Self::Time(seconds) => figure::seconds(*seconds),
            Self::Count(count) => count.to_string(),
            Self::Order(names) => names.join(", "),
            Self::End(words) => (*words).to_owned(),
        }
    }
}

/// Figures in their order; all else by a hash, so that its place tells
/// nothing and stays the same from build to build.
fn arrange(answers: &mut [Answer], id: &str) {
    answers.sort_by(|a, b| match (a, b) {
        (Answer::Time(a), Answer::Time(b)) => a.total_cmp(b),
        (Answer::Count(a), Answer::Count(b)) => a.cmp(b),
        (a, b) => shuffle(id, a).cmp(&shuffle(id, b)),
    });
}

fn shuffle(id: &str, answer: &Answer) -> Vec<u8> {
    Sha256::digest(format!("{id} {}", answer.text())).to_vec()
}

/// A time that a run gives: `took`, `took WAY`, `span LANE` or `at WORDS`.
fn time(
    lesson: &Lesson,
    listing: &Listing,
    asks: &str,
) -> Result<Answer, Refusal> {
    let (what, words) = asks.split_once(' ').unwrap_or((asks, ""));
    let words = words.trim();
    Ok(Answer::Time(match what {
        "took" if words.is_empty() => measure::run(listing)?.took,
        "took" => {
            let way = Way::from_stem(words);
            let Some(other) = way.and_then(|way| lesson.listing(way)) else {
                let cause = format!("the lesson has no `{words}`");
                return refuse(cause, "name one of its listings");
            };
            measure::run(other)?.took
        }
        "span" => measure::span(listing, words)?,
        _ => measure::at(listing, words)?,
    }))
}

/// A wrong choice beside this right answer.
fn mistake(
    lesson: &Lesson,
    listing: &Listing,
    right: &Answer,
    choice: &str,
) -> Result<Answer, Refusal> {
    let remedy = "see «Predictions» in CONTRIBUTING.md for what may stand here";
    let unknown =
        || refuse(format!("the choice «{choice}» can't be made out"), remedy);
    match right {
        Answer::Time(seconds) => {
            let lengths = || -> Result<Vec<f64>, Refusal> {
                let bars = &measure::timeline(listing)?.bars;
                Ok(bars.iter().map(Bar::length).collect())
            };
            let time = match choice {
                "half" => seconds / 2.0,
                "double" => seconds * 2.0,
                "sum" => lengths()?.iter().sum(),
                "longest" => lengths()?.into_iter().fold(0.0, f64::max),
                "shortest" => {
                    lengths()?.into_iter().fold(f64::INFINITY, f64::min)
                }
                _ => match choice.split(' ').next() {
                    Some("took" | "span" | "at") => {
                        return time(lesson, listing, choice);
                    }
                    _ => return unknown(),
                },
            };
            Ok(Answer::Time(time))
        }
        Answer::Count(_) => match choice.parse() {
            Ok(count) => Ok(Answer::Count(count)),
            Err(_) => unknown(),
        },
        Answer::Order(names) => {
            let other: Vec<String> =
                choice.split(',').map(|n| n.trim().to_owned()).collect();
            let sorted = |names: &[String]| {
                let mut names = names.to_vec();
                names.sort();
                names
            };
            if sorted(&other) != sorted(names) {
                let cause = format!("«{choice}» is no order of these");
                let names = names.join(", ");
                let remedy = format!("put {names} in another order");
                return Err((cause, remedy));
            }
            Ok(Answer::Order(other))
        }
        Answer::End(_) => {
            let all = [ENDS, PANICS, HANGS, FAILS];
            match all.into_iter().find(|words| *words == choice) {
                Some(words) => Ok(Answer::End(words)),
                None => unknown(),
            }
        }
    }
}

/// The words in the order in which they were printed; without words, the
/// lanes in the order in which they ended.
fn order(listing: &Listing, items: &[String]) -> Result<Vec<String>, Refusal> {
    let mut placed: Vec<(usize, String)> = Vec::new();
    if items.is_empty() {
        let bars = &measure::timeline(listing)?.bars;
        let done = bars.iter().filter(|bar| bar.ending == Ending::Completed);
        placed.extend(done.map(|bar| (bar.last, bar.name.clone())));
    }
    for words in items {
        placed.push((measure::line(listing, words)?, words.clone()));
    }
    placed.sort();
    Ok(placed.into_iter().map(|(_, name)| name).collect())
}

const ENDS: &str = "ends";
const PANICS: &str = "panics";
const HANGS: &str = "never ends";
const FAILS: &str = "does not compile";

fn end(listing: &Listing) -> Result<&'static str, Refusal> {
    if listing.about.kind == Some(Kind::CompileError) {
        return Ok(FAILS);
    }
    Ok(match measure::run(listing)?.end {
        End::Exit(101) => PANICS,
        End::Killed => HANGS,
        _ => ENDS,
    })
}
