//! Questions about a run, with the answer and the plausible mistakes computed
//! from the recorded run.

use crate::choice::Choice;
use crate::figure::Value;
use crate::listing::Listing;
use crate::metadata::{Metadata, Prediction};
use crate::problem::{Fault, Problem};
use crate::query;
use crate::timeline::Bar;
use crate::way::Way;
use sha2::{Digest, Sha256};
use std::path::Path;

/// A question with its choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The listing whose run it asks about.
    pub of: Way,
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

/// The questions that a lesson asks about its listings, and a fault for each
/// whose answer, or one of whose choices, the recorded runs do not give, or
/// whose choices are not distinct. `file` is its lesson.toml.
#[must_use]
pub fn questions(
    metadata: &Metadata,
    listings: &[Listing],
    file: &Path,
) -> (Vec<Question>, Vec<Fault>) {
    let mut found: Vec<Question> = Vec::new();
    let mut faults = Vec::new();
    for prediction in &metadata.predictions {
        let mut all = listings.iter();
        // A listing that is missing has a fault of its own.
        let Some(listing) = all.find(|it| it.way() == prediction.of) else {
            continue;
        };
        match question(prediction, listing, listings) {
            Ok(mut question) => {
                let twins = found.iter().filter(|q| is_twin(q, &question.id));
                let twins = twins.count();
                if twins > 0 {
                    question.id += &format!("-{}", twins + 1);
                }
                found.push(question);
            }
            Err(problem) => {
                faults.push(problem.at(file, prediction.asks.line));
            }
        }
    }
    (found, faults)
}

/// Whether `question` has this id, or this id with a number.
fn is_twin(question: &Question, id: &str) -> bool {
    let rest = question.id.strip_prefix(id);
    rest.is_some_and(|rest| {
        let number = rest.strip_prefix('-').unwrap_or(rest);
        number.chars().all(|c| c.is_ascii_digit())
    })
}

fn question(
    prediction: &Prediction,
    listing: &Listing,
    listings: &[Listing],
) -> Result<Question, Problem> {
    let asks = &prediction.asks.value;
    let right = asks.eval(listing)?;
    let mut answers = vec![right.clone()];
    for choice in &prediction.choices {
        answers.push(mistake(choice, &right, listing, listings)?);
    }
    if answers.len() < 2 {
        return Problem::err(
            "the question has no wrong choice",
            "add the plausible mistakes to `choices`",
        );
    }
    let id = format!("predict-{}-{}", listing.bin(), asks.word());
    arrange(&mut answers, &id);
    let choices: Vec<String> = answers.iter().map(Value::to_string).collect();
    for (place, choice) in choices.iter().enumerate() {
        if choices[..place].contains(choice) {
            return Problem::err(
                format!("two choices read \"{choice}\""),
                "name another mistake",
            );
        }
    }
    let place = answers.iter().position(|answer| *answer == right);
    Ok(Question {
        of: prediction.of,
        id,
        question: prediction.question.value.clone(),
        choices,
        right: place.unwrap_or_default(),
        why: prediction.why.value.clone(),
    })
}

/// Figures in their order; all else by a hash, so that its place tells
/// nothing and stays the same from build to build.
fn arrange(answers: &mut [Value], id: &str) {
    answers.sort_by(|a, b| match (a, b) {
        (Value::Seconds(a), Value::Seconds(b)) => a.total_cmp(b),
        (Value::Count(a), Value::Count(b)) => a.cmp(b),
        (a, b) => shuffle(id, a).cmp(&shuffle(id, b)),
    });
}

fn shuffle(id: &str, answer: &Value) -> Vec<u8> {
    Sha256::digest(format!("{id} {answer}")).to_vec()
}

/// The wrong answer of a choice beside this right one.
fn mistake(
    choice: &Choice,
    right: &Value,
    listing: &Listing,
    listings: &[Listing],
) -> Result<Value, Problem> {
    let lengths = || -> Result<Vec<f64>, Problem> {
        let bars = &query::timeline(listing)?.bars;
        Ok(bars.iter().map(Bar::length).collect())
    };
    let times = |factor: f64| match right {
        Value::Seconds(seconds) => seconds * factor,
        _ => 0.0,
    };
    Ok(match choice {
        Choice::Half => Value::Seconds(times(0.5)),
        Choice::Double => Value::Seconds(times(2.0)),
        Choice::Sum => Value::Seconds(lengths()?.iter().sum()),
        Choice::Longest => {
            Value::Seconds(lengths()?.into_iter().fold(0.0, f64::max))
        }
        Choice::Shortest => {
            let shortest = lengths()?.into_iter().fold(f64::INFINITY, f64::min);
            Value::Seconds(shortest)
        }
        Choice::Figure(figure) => figure.eval(listing)?,
        Choice::TookBy(way) => {
            let mut all = listings.iter();
            let Some(other) = all.find(|it| it.way() == *way) else {
                let cause = format!("the lesson has no `{}`", way.stem());
                return Problem::err(cause, "name one of its listings");
            };
            Value::Seconds(query::run(other)?.took)
        }
        Choice::Count(count) => Value::Count(*count),
        Choice::Order(names) => Value::Order(reordered(names, right)?),
        Choice::End(outcome) => Value::End(*outcome),
    })
}

/// `names`, if they are those of the right order.
fn reordered(names: &[String], right: &Value) -> Result<Vec<String>, Problem> {
    let Value::Order(wanted) = right else {
        return Ok(names.to_vec());
    };
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    if sorted(names) == sorted(wanted) {
        return Ok(names.to_vec());
    }
    Problem::err(
        format!("\"{}\" is no order of these", names.join(", ")),
        format!("put {} in another order", wanted.join(", ")),
    )
}
