//! What a page keeps back until its reader has answered: words of a chapter
//! that would answer a question below or above them.
//!
//! Each gets the ids of the questions that it waits for, as `data-until`, and
//! the page's script hides it for as long as one of them is open. Without
//! scripts, and on paper, all of it is there.

use crate::directive::{self, Directive};
use crate::figure;
use lessons::{Lesson, Library, Listing, Question};
use mdbook_markdown::pulldown_cmark::{Event, Tag};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// Words of someone who has seen the run.
static TOLD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(bars?|timeline|prints?|printed|transcript|output|the run|result|takes the sum|as long as)\b",
    )
    .expect("a valid pattern")
});

/// The directive that opens a block which waits, and the one that closes it.
/// [`kept_back`] puts them into a chapter, on lines that are there.
pub const OPEN: &str = "seal";
/// See [`OPEN`].
pub const CLOSE: &str = "unseal";

/// The start of a block that waits for these questions.
#[must_use]
pub fn opening(ids: &str) -> String {
    format!("<div class=\"seal\" data-until=\"{ids}\">\n\n")
}

/// The ids of questions, as `data-until` has them; empty for none.
pub fn until<'q>(questions: impl IntoIterator<Item = &'q Question>) -> String {
    let ids: Vec<&str> = questions.into_iter().map(|q| &*q.id).collect();
    ids.join(" ")
}

/// The ids of what is asked about a listing.
#[must_use]
pub fn until_asked(lesson: &Lesson, listing: &Listing) -> String {
    until(lesson.questions_of(listing.way()))
}

/// A chapter with directives around what would answer its questions:
///
/// - a block below a listing that is asked about, up to the next heading, that
///   quotes a figure of the lesson, speaks of the run or says the answer
/// - anywhere else in the chapter, a figure that is the answer itself
#[must_use]
pub fn kept_back(library: &Library, chapter: &str, text: &str) -> String {
    let mut edits: Vec<(usize, String)> = Vec::new();
    let blocks = blocks_that_wait(library, chapter, text);
    for (span, until) in &blocks {
        edits.push((span.start, format!("{{{{#{OPEN} {until}}}}}")));
        edits.push((span.end, format!("{{{{#{CLOSE}}}}}")));
    }
    let within = |place: usize| blocks.iter().any(|(b, _)| b.contains(&place));
    let code = code(text);
    for found in directive::find(text) {
        let place = found.span.start;
        if within(place) || code.iter().any(|span| span.contains(&place)) {
            continue;
        }
        if let Some(until) = answered_by(library, chapter, &found) {
            let open = format!("<span class=\"seal\" data-until=\"{until}\">");
            edits.push((found.span.start, open));
            edits.push((found.span.end, "</span>".to_owned()));
        }
    }
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.0));
    let mut out = text.to_owned();
    for (place, words) in edits {
        out.insert_str(place, &words);
    }
    out
}

/// Blocks that wait, each with the questions that it waits for.
fn blocks_that_wait(
    library: &Library,
    chapter: &str,
    text: &str,
) -> Vec<(Range<usize>, String)> {
    let mut asked: Vec<(&Lesson, &Question)> = Vec::new();
    let mut waiting: Vec<(Range<usize>, String)> = Vec::new();
    let mut goes_on = false;
    for (tag, span) in blocks(text) {
        let block = text[span.clone()].trim_end();
        let directives = directive::find(block);
        let shown = directives.iter().filter(|it| it.name == "listing");
        let shown: Vec<&Directive> = shown.collect();
        if matches!(tag, Tag::Heading { .. }) {
            asked.clear();
        } else if !shown.is_empty() {
            let all = shown.iter();
            asked.extend(all.flat_map(|it| asked_of(library, chapter, it)));
        } else if !matches!(tag, Tag::FootnoteDefinition(_))
            && asked.iter().any(|(lesson, question)| {
                tells(block, &directives, lesson, question)
            })
        {
            let until = until(asked.iter().map(|(_, question)| *question));
            let span = span.start..span.start + block.len();
            match waiting.last_mut() {
                Some(last) if goes_on && last.1 == until => {
                    last.0.end = span.end;
                }
                _ => waiting.push((span, until)),
            }
            goes_on = true;
            continue;
        }
        goes_on = false;
    }
    waiting
}

/// What is asked about the listing that a directive shows.
fn asked_of<'l>(
    library: &'l Library,
    chapter: &str,
    shown: &Directive,
) -> Vec<(&'l Lesson, &'l Question)> {
    match library.find(&shown.arguments) {
        Ok((lesson, listing)) if lesson.chapter == chapter => lesson
            .questions_of(listing.way())
            .map(|question| (lesson, question))
            .collect(),
        _ => Vec::new(),
    }
}

/// The blocks of a chapter that are in no other, with what they are.
fn blocks(text: &str) -> Vec<(Tag<'_>, Range<usize>)> {
    let mut depth = 0_usize;
    let mut out = Vec::new();
    let parser = new_cmark_parser(text, &MarkdownOptions::default());
    for (event, span) in parser.into_offset_iter() {
        match event {
            Event::Start(tag) => {
                if depth == 0 {
                    out.push((tag, span));
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            _ => {}
        }
    }
    out
}

/// Where a chapter has code: a tag would be text there.
fn code(text: &str) -> Vec<Range<usize>> {
    new_cmark_parser(text, &MarkdownOptions::default())
        .into_offset_iter()
        .filter(|(event, _)| {
            matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_)))
        })
        .map(|(_, span)| span)
        .collect()
}

/// Whether a block tells what a question asks.
fn tells(
    block: &str,
    directives: &[Directive],
    lesson: &Lesson,
    question: &Question,
) -> bool {
    let of_lesson = |found: &Directive| {
        let (id, _) = found.split();
        figure::NAMES.contains(&found.name.as_str())
            && id.split('/').next() == Some(lesson.name.as_str())
    };
    directives.iter().any(of_lesson)
        || TOLD.is_match(block)
        || says(block, question.answer())
}

/// Whether a text says an answer in words: a count as a number or a word, an
/// order by all that it orders, an end by what it is called.
fn says(text: &str, answer: &str) -> bool {
    let words: &[&str] = match answer {
        "0" => &["no", "none", "nobody", "nothing", "never", "zero", "0"],
        "1" => &["one", "once", "single", "only", "1"],
        "2" => &["two", "twice", "both", "2"],
        "3" => &["three", "3"],
        "4" => &["four", "4"],
        "5" => &["five", "5"],
        "6" => &["six", "6"],
        "7" => &["seven", "7"],
        "8" => &["eight", "8"],
        "9" => &["nine", "9"],
        "10" => &["ten", "10"],
        "12" => &["twelve", "12"],
        "ends" => &["end", "ends", "ended"],
        "panics" => &["panic", "panics", "panicked"],
        "never ends" => &["never", "forever", "hang", "hangs", "hung"],
        other => {
            let text = text.to_lowercase();
            return other
                .to_lowercase()
                .split(", ")
                .all(|part| text.contains(part));
        }
    };
    text.to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .any(|word| words.contains(&word))
}

/// The questions whose answer a directive's figure is; `None` if there are
/// none.
fn answered_by(
    library: &Library,
    chapter: &str,
    found: &Directive,
) -> Option<String> {
    if !figure::NAMES.contains(&found.name.as_str()) {
        return None;
    }
    let (id, _) = found.split();
    let lesson = library.lesson(id.split('/').next()?)?;
    if lesson.chapter != chapter {
        return None;
    }
    let figure = figure::replaced(library, found)?.ok()?;
    let answered: Vec<&Question> = lesson
        .questions
        .iter()
        .filter(|question| question.answer() == figure)
        .collect();
    (!answered.is_empty()).then(|| until(answered))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_an_answer_in_words_or_as_a_number() {
        assert!(says("It is asked twice.", "2"));
        assert!(says("forty-eight, or 48", "48"));
        assert!(!says("It is asked often.", "2"));
        assert!(says("toast comes first, then coffee, eggs", "coffee, eggs"));
        assert!(says("It hangs.", "never ends"));
    }

    #[test]
    fn only_blocks_that_are_in_no_other_are_blocks() {
        let text = "# a\n\n- b\n- c\n\n> d\n>\n> e\n\nf\n";
        assert_eq!(blocks(text).len(), 4);
    }
}
