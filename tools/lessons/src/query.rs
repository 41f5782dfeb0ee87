//! What a recorded run says: the value of a [`Figure`].

use crate::figure::{Figure, Outcome, Value};
use crate::listing::Listing;
use crate::problem::Problem;
use crate::timeline::{Ending, Timeline};
use crate::transcript::{End, Transcript};
use crate::way::Kind;

impl Figure {
    /// The value of this figure for the recorded run of `listing`.
    ///
    /// # Errors
    /// If there is no run, or the run has no such lane or line.
    pub fn eval(&self, listing: &Listing) -> Result<Value, Problem> {
        Ok(match self {
            Self::Took => Value::Seconds(run(listing)?.took),
            Self::Span(lane) => Value::Seconds(span(listing, lane)?),
            Self::At(words) => {
                let place = line(listing, words)?;
                Value::Seconds(run(listing)?.lines[place].at)
            }
            Self::Count(words) => Value::Count(run(listing)?.count(words)),
            Self::Number(words) => Value::Count(number(listing, words)?),
            Self::Order(items) => Value::Order(order(listing, items)?),
            Self::End => Value::End(end(listing)?),
        })
    }
}

/// The record of a run of `listing`.
///
/// # Errors
/// If there is none.
pub fn run(listing: &Listing) -> Result<&Transcript, Problem> {
    match &listing.transcript {
        Some(run) => Ok(run),
        None if !listing.compiles() => Problem::err(
            format!("{} does not compile: it has no run", listing.id),
            "ask for another listing",
        ),
        None => Problem::err(
            format!("{} has no transcript", listing.id),
            format!("run `cargo run -- record {}`", listing.lesson()),
        ),
    }
}

/// The timeline of that run.
///
/// # Errors
/// If there is none.
pub fn timeline(listing: &Listing) -> Result<&Timeline, Problem> {
    run(listing)?;
    match &listing.timeline {
        Some(timeline) => Ok(timeline),
        None => Problem::err(
            format!("{} has no timeline", listing.id),
            "put its lanes right first",
        ),
    }
}

/// How long the lane of this name was, in seconds.
fn span(listing: &Listing, lane: &str) -> Result<f64, Problem> {
    let bars = &timeline(listing)?.bars;
    if let Some(bar) = bars.iter().find(|bar| bar.name == lane) {
        return Ok(bar.length());
    }
    let names: Vec<&str> = bars.iter().map(|bar| bar.name.as_str()).collect();
    Problem::err(
        format!("{} has no lane `{lane}`", listing.id),
        format!(
            "{} has: {}",
            listing.dir().join("lesson.toml").display(),
            names.join(", ")
        ),
    )
}

/// The place of the first line that contains `words`, in the transcript.
fn line(listing: &Listing, words: &str) -> Result<usize, Problem> {
    let found = run(listing)?.find(words, 0);
    found.ok_or_else(|| unmatched(listing, words))
}

/// The whole number that stands before `words`, with a space between, in the
/// first line that has one there: in "48 requests, 36 refused" the number of
/// `refused` is 36. A minus sign or a fraction is not part of it.
fn number(listing: &Listing, words: &str) -> Result<usize, Problem> {
    let mut lines = run(listing)?.lines.iter();
    let found = lines.find_map(|line| number_before(&line.text, words));
    found.ok_or_else(|| {
        Problem::new(
            format!(
                "{} printed no whole number before \"{words}\"",
                listing.id
            ),
            format!(
                "use words that follow one in {}",
                listing.transcript_path().display()
            ),
        )
    })
}

fn number_before(text: &str, words: &str) -> Option<usize> {
    text.match_indices(words).find_map(|(place, _)| {
        let before = text[..place].strip_suffix(' ')?;
        let rest = before.trim_end_matches(|c: char| c.is_ascii_digit());
        let part_of_another = rest
            .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '-'));
        (!part_of_another).then(|| before[rest.len()..].parse().ok())?
    })
}

/// The words in the order in which they were printed; without words, the
/// lanes in the order in which they ended.
fn order(listing: &Listing, items: &[String]) -> Result<Vec<String>, Problem> {
    let mut placed: Vec<(usize, String)> = Vec::new();
    if items.is_empty() {
        let bars = &timeline(listing)?.bars;
        let done = bars.iter().filter(|bar| bar.ending == Ending::Completed);
        placed.extend(done.map(|bar| (bar.last, bar.name.clone())));
    }
    for words in items {
        placed.push((line(listing, words)?, words.clone()));
    }
    placed.sort();
    Ok(placed.into_iter().map(|(_, name)| name).collect())
}

fn end(listing: &Listing) -> Result<Outcome, Problem> {
    if listing.about.kind == Some(Kind::CompileError) {
        return Ok(Outcome::DoesNotCompile);
    }
    Ok(match run(listing)?.end {
        End::Exit(101) => Outcome::Panics,
        End::Killed => Outcome::NeverEnds,
        _ => Outcome::Ends,
    })
}

/// The problem that no line contains `words`.
#[must_use]
pub fn unmatched(listing: &Listing, words: &str) -> Problem {
    Problem::new(
        format!("no line that {} printed contains \"{words}\"", listing.id),
        format!("use words of {}", listing.transcript_path().display()),
    )
}

#[cfg(test)]
mod tests {
    use super::number_before;

    #[test]
    fn a_number_is_told_by_the_words_behind_it() {
        let line =
            "48 requests, 36 refused, 1.5 s, -2 left, v3 of 4 requests, µ5 s";
        for (words, number) in [
            ("requests", Some(48)),
            ("refused", Some(36)),
            ("s,", None),
            ("left", None),
            ("of", None),
            (", 36", None),
            ("served", None),
        ] {
            assert_eq!(number_before(line, words), number, "{words}");
        }
    }
}
