//! From a chapter with directives to the chapter a renderer gets.

use crate::appendix;
use crate::directive::{self, Directive};
use crate::fault::{Fault, line_of};
use crate::figure;
use crate::lesson::{Kind, Way};
use crate::library::{Lesson, Library, Listing};
use crate::page;
use crate::transcript::Transcript;
use std::path::Path;

/// For whom a chapter is expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A reader.
    Page,
    /// skeptic, which gets whole programs and no other code.
    Skeptic,
}

/// A chapter without its directives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expanded {
    /// The chapter, its directives replaced. A faulty one stands as it was.
    pub text: String,
    /// What is wrong with them.
    pub faults: Vec<Fault>,
    /// The ids of the listings it shows, in order.
    pub shown: Vec<String>,
}

/// Why a directive can't be replaced, and what to do.
type Refusal = (String, String);

fn refuse<T>(
    cause: impl Into<String>,
    remedy: impl Into<String>,
) -> Result<T, Refusal> {
    Err((cause.into(), remedy.into()))
}

/// Replaces the directives of `text`, the chapter in `file` (relative to the
/// root of the workbook).
#[must_use]
pub fn expand(
    library: &Library,
    file: &Path,
    text: &str,
    target: Target,
) -> Expanded {
    let mut out = Expanded::default();
    let mut end = 0;
    for directive in directive::find(text) {
        out.text += &text[end..directive.span.start];
        end = directive.span.end;
        match replacement(library, file, text, &directive, target) {
            Ok(new) => {
                out.text += &new;
                if directive.name == "listing" {
                    out.shown.push(directive.arguments.clone());
                }
            }
            Err((cause, remedy)) => {
                out.text += &text[directive.span.clone()];
                let line = line_of(text, directive.span.start);
                out.faults.push(Fault::new(file, line, cause, remedy));
            }
        }
    }
    out.text += &text[end..];
    out
}

fn replacement(
    library: &Library,
    file: &Path,
    text: &str,
    directive: &Directive,
    target: Target,
) -> Result<String, Refusal> {
    let (id, words) = directive.split();
    match directive.name.as_str() {
        "listing" => {
            alone(text, directive)?;
            listing(library, file, &directive.arguments, target)
        }
        "excerpt" => {
            alone(text, directive)?;
            excerpt(library, id, words, target)
        }
        "took" => {
            let (_, _, run) = recorded(library, id)?;
            Ok(run.took_figure())
        }
        "speedup" => speedup(library, id),
        "span" => span(library, id, words),
        "at" => {
            let (_, listing, run) = recorded(library, id)?;
            let place = run.find(some(words)?, 0);
            let Some(place) = place else {
                return unmatched(listing, words);
            };
            Ok(figure::seconds(run.lines[place].at))
        }
        "count" => {
            let (_, listing, run) = recorded(library, id)?;
            match run.count(some(words)?) {
                0 => unmatched(listing, words),
                count => Ok(count.to_string()),
            }
        }
        "claims" => Ok(appendix::claims(library)),
        "cells" => Ok(appendix::cells(library)),
        name => refuse(
            format!("there is no directive `{{{{#{name}}}}}`"),
            "there are listing, excerpt, took, speedup, span, at, count, \
             claims and cells; text that looks like one gets a backslash \
             before it",
        ),
    }
}

fn unmatched<T>(listing: &Listing, words: &str) -> Result<T, Refusal> {
    let path = listing.transcript_path();
    refuse(
        format!("no line that {} printed contains «{words}»", listing.id()),
        format!("use words of {}", path.display()),
    )
}

fn some(words: &str) -> Result<&str, Refusal> {
    if words.is_empty() {
        return refuse(
            "the directive lacks words to look for",
            "write {{#at lesson/way words of a printed line}}",
        );
    }
    Ok(words)
}

/// A block directive stands on a line of its own.
fn alone(text: &str, directive: &Directive) -> Result<(), Refusal> {
    let before = text[..directive.span.start].rsplit('\n').next();
    let after = text[directive.span.end..].split('\n').next();
    let blank = |part: Option<&str>| part.is_none_or(|p| p.trim().is_empty());
    if before.is_none_or(str::is_empty) && blank(after) {
        return Ok(());
    }
    refuse(
        format!("`{{{{#{}}}}}` is not on a line of its own", directive.name),
        "put it at the start of a line, with nothing behind it",
    )
}

fn lesson<'a>(library: &'a Library, name: &str) -> Result<&'a Lesson, Refusal> {
    if let Some(lesson) = library.lesson(name) {
        return Ok(lesson);
    }
    let mut names: Vec<&str> = library
        .lessons
        .iter()
        .map(|lesson| lesson.name.as_str())
        .collect();
    names.sort_unstable();
    refuse(
        format!("there is no lesson `{name}`"),
        format!("there are: {}", names.join(", ")),
    )
}

fn find<'a>(
    library: &'a Library,
    id: &str,
) -> Result<(&'a Lesson, &'a Listing), Refusal> {
    let Some((name, stem)) = id.split_once('/') else {
        return refuse(
            format!("«{id}» names no listing"),
            "write lesson/way, as in breakfast/wrong_way",
        );
    };
    let lesson = lesson(library, name)?;
    let way = Way::from_stem(stem);
    let Some(listing) = way.and_then(|way| lesson.listing(way)) else {
        let have: Vec<&str> =
            lesson.listings.iter().map(|l| l.way.stem()).collect();
        return refuse(
            format!("the lesson `{name}` has no `{stem}`"),
            format!("it has: {}", have.join(", ")),
        );
    };
    Ok((lesson, listing))
}

fn recorded<'a>(
    library: &'a Library,
    id: &str,
) -> Result<(&'a Lesson, &'a Listing, &'a Transcript), Refusal> {
    let (lesson, listing) = find(library, id)?;
    match &listing.transcript {
        Some(run) => Ok((lesson, listing, run)),
        None => refuse(
            format!("{id} has no transcript"),
            format!("run `cargo run -- record {}`", lesson.name),
        ),
    }
}

fn listing(
    library: &Library,
    file: &Path,
    id: &str,
    target: Target,
) -> Result<String, Refusal> {
    let (lesson, listing) = find(library, id)?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    if stem != lesson.chapter {
        return refuse(
            format!("{id} belongs to the chapter {}", lesson.chapter),
            "show it there, or move the lesson's folder",
        );
    }
    Ok(match target {
        Target::Page => page::listing(lesson, listing),
        Target::Skeptic => whole_program(listing),
    })
}

/// The listing below a heading that gives its test a name. Code that must not
/// compile is left out: trybuild holds it.
fn whole_program(listing: &Listing) -> String {
    let info = match listing.about.kind {
        Some(Kind::CompileError) => return String::new(),
        Some(Kind::Panic) => "rust,should_panic",
        // It would never end: the transcript's kill timer holds it.
        Some(Kind::Hang) => "rust,no_run",
        _ => "rust",
    };
    let name = listing.id().replace(['/', '_'], " ");
    format!(
        "## {name}\n\n{}",
        page::fence(info, &listing.source.whole())
    )
}

fn excerpt(
    library: &Library,
    id: &str,
    anchor: &str,
    target: Target,
) -> Result<String, Refusal> {
    let (_, listing) = find(library, id)?;
    let Some(text) = listing.source.excerpt(anchor) else {
        return refuse(
            format!("{id} has no anchor `{anchor}`"),
            format!(
                "put `// ANCHOR: {anchor}` and `// ANCHOR_END: {anchor}` into \
                 {}",
                listing.path.display()
            ),
        );
    };
    Ok(match target {
        Target::Page => page::fence("rust,noplayground", &text),
        Target::Skeptic => String::new(),
    })
}

fn speedup(library: &Library, id: &str) -> Result<String, Refusal> {
    let (name, stem) = id.split_once('/').unwrap_or((id, "right_way"));
    let wrong = format!("{name}/{}", Way::Wrong.stem());
    let (_, _, slow) = recorded(library, &wrong)?;
    let (_, _, fast) = recorded(library, &format!("{name}/{stem}"))?;
    match figure::ratio(slow.took, fast.took) {
        Some(ratio) => Ok(ratio),
        None => refuse(
            format!("{name}/{stem} is too short a run for a ratio"),
            "compare other figures",
        ),
    }
}

fn span(library: &Library, id: &str, lane: &str) -> Result<String, Refusal> {
    let (lesson, listing, _) = recorded(library, id)?;
    let bar = listing.bars.iter().find(|bar| bar.name == lane);
    if let Some(bar) = bar {
        Ok(figure::seconds(bar.length()))
    } else {
        let names: Vec<&str> =
            listing.bars.iter().map(|bar| bar.name.as_str()).collect();
        refuse(
            format!("{id} has no lane `{lane}`"),
            format!("{} has: {}", lesson.file.display(), names.join(", ")),
        )
    }
}
