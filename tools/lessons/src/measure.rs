//! What a recorded run says: how long it took, how long a lane was, when a
//! line was printed, how many lines there are.

use crate::library::Listing;
use crate::timeline::Timeline;
use crate::transcript::Transcript;

/// Why a figure can't be given, and what to do.
pub type Refusal = (String, String);

/// Refuses, with a cause and a remedy.
///
/// # Errors
/// Always: that is what it is for.
pub fn refuse<T>(
    cause: impl Into<String>,
    remedy: impl Into<String>,
) -> Result<T, Refusal> {
    Err((cause.into(), remedy.into()))
}

/// The record of a run of `listing`.
///
/// # Errors
/// If there is none.
pub fn run(listing: &Listing) -> Result<&Transcript, Refusal> {
    match &listing.transcript {
        Some(run) => Ok(run),
        None if !listing.compiles() => refuse(
            format!("{} does not compile: it has no run", listing.id()),
            "ask for another listing",
        ),
        None => refuse(
            format!("{} has no transcript", listing.id()),
            format!("run `cargo run -- record {}`", listing.lesson),
        ),
    }
}

/// The timeline of that run.
///
/// # Errors
/// If there is none.
pub fn timeline(listing: &Listing) -> Result<&Timeline, Refusal> {
    run(listing)?;
    match &listing.timeline {
        Some(timeline) => Ok(timeline),
        None => refuse(
            format!("{} has no timeline", listing.id()),
            "mend its lanes first",
        ),
    }
}

/// How long the lane of this name was, in seconds.
///
/// # Errors
/// If the run has no such lane.
pub fn span(listing: &Listing, lane: &str) -> Result<f64, Refusal> {
    let bars = &timeline(listing)?.bars;
    if let Some(bar) = bars.iter().find(|bar| bar.name == lane) {
        return Ok(bar.length());
    }
    let names: Vec<&str> = bars.iter().map(|bar| bar.name.as_str()).collect();
    refuse(
        format!("{} has no lane `{lane}`", listing.id()),
        format!(
            "{} has: {}",
            listing.dir().join("lesson.toml").display(),
            names.join(", ")
        ),
    )
}

/// The place of the first line that contains `words`, in the transcript.
///
/// # Errors
/// If no line does.
pub fn line(listing: &Listing, words: &str) -> Result<usize, Refusal> {
    match run(listing)?.find(some(words)?, 0) {
        Some(place) => Ok(place),
        None => unmatched(listing, words),
    }
}

/// When the first line that contains `words` was printed, in seconds from the
/// start of the process.
///
/// # Errors
/// If no line does.
pub fn at(listing: &Listing, words: &str) -> Result<f64, Refusal> {
    let place = line(listing, words)?;
    Ok(run(listing)?.lines[place].at)
}

/// How many lines contain `words`.
///
/// # Errors
/// If there is no run.
pub fn count(listing: &Listing, words: &str) -> Result<usize, Refusal> {
    Ok(run(listing)?.count(some(words)?))
}

/// The whole number that stands before `words`, with a space between, in the
/// first line that has one there: in «48 requests, 36 refused» the number of
/// `refused` is 36. A minus sign or a fraction is not part of it.
///
/// # Errors
/// If no line has one.
pub fn number(listing: &Listing, words: &str) -> Result<usize, Refusal> {
    let words = some(words)?;
    let lines = &run(listing)?.lines;
    match lines
        .iter()
        .find_map(|line| number_before(&line.text, words))
    {
        Some(number) => Ok(number),
        None => refuse(
            format!(
                "{} printed no whole number before «{words}»",
                listing.id()
            ),
            format!(
                "use words that follow one in {}",
                listing.transcript_path().display()
            ),
        ),
    }
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

/// Says that no line contains `words`.
///
/// # Errors
/// Always.
pub fn unmatched<T>(listing: &Listing, words: &str) -> Result<T, Refusal> {
    refuse(
        format!("no line that {} printed contains «{words}»", listing.id()),
        format!("use words of {}", listing.transcript_path().display()),
    )
}

fn some(words: &str) -> Result<&str, Refusal> {
    if words.trim().is_empty() {
        return refuse(
            "there are no words to look for",
            "write {{#at lesson/way words of a printed line}}",
        );
    }
    Ok(words.trim())
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
