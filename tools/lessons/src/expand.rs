//! From a chapter with directives to the chapter a renderer gets.

use crate::appendix;
use crate::ask;
use crate::directive::{self, Directive};
use crate::fault::{Fault, line_of};
use crate::figure;
use crate::glossary::{self, Term};
use crate::lesson::{Kind, Way};
use crate::library::{Lesson, Library, Listing, Module};
use crate::measure::{self, Refusal, refuse};
use crate::page;
use crate::pair;
use crate::predict::Question;
use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use std::path::Path;

/// For whom a chapter is expanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A reader.
    Page,
    /// skeptic, which gets whole programs and no other code.
    Skeptic,
    /// Paper. Listings are set from the library, not from HTML: each stands in
    /// the chapter as a [slot](slot) for it.
    Print,
}

/// How the info string of an empty code block begins that stands where a
/// listing, an excerpt or an appendix is to be printed.
const SLOT: &str = "workbook:";

/// The arguments of the directive whose slot a code block is: its name and the
/// rest. `None` for any other code block.
#[must_use]
pub fn slot(info: &str) -> Option<(&str, &str)> {
    let directive = info.strip_prefix(SLOT)?;
    Some(directive.split_once(' ').unwrap_or((directive, "")))
}

/// A code block for [`slot`] to find.
fn slot_of(directive: &str, arguments: &str) -> String {
    format!("```{SLOT}{directive} {arguments}\n```\n")
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
    /// The ids of the listings whose run it asks about.
    pub asked: Vec<String>,
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
                let id = || directive.arguments.clone();
                match directive.name.as_str() {
                    "listing" => out.shown.push(id()),
                    "predict" => out.asked.push(id()),
                    _ => {}
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
        "predict" => {
            alone(text, directive)?;
            predict(library, file, &directive.arguments)
        }
        "took" => {
            let (_, listing) = find(library, id)?;
            Ok(measure::run(listing)?.took_figure())
        }
        "speedup" => speedup(library, id),
        "span" => {
            let (_, listing) = find(library, id)?;
            measure::span(listing, words).map(figure::seconds)
        }
        "at" => {
            let (_, listing) = find(library, id)?;
            measure::at(listing, words).map(figure::seconds)
        }
        "count" => {
            let (_, listing) = find(library, id)?;
            match measure::count(listing, words)? {
                0 => measure::unmatched(listing, words),
                count => Ok(count.to_string()),
            }
        }
        "number" => {
            let (_, listing) = find(library, id)?;
            measure::number(listing, words).map(|number| number.to_string())
        }
        "claims" | "cells" if target == Target::Print => {
            Ok(slot_of(&directive.name, ""))
        }
        "claims" => Ok(appendix::claims(library)),
        "cells" => Ok(appendix::cells(library)),
        name => refuse(
            format!("there is no directive `{{{{#{name}}}}}`"),
            "there are listing, predict, excerpt, took, speedup, span, at, \
             count, number, claims and cells; text that looks like one gets a \
             backslash before it",
        ),
    }
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

fn listing(
    library: &Library,
    file: &Path,
    id: &str,
    target: Target,
) -> Result<String, Refusal> {
    let (lesson, listing) = at_home(library, file, id)?;
    Ok(match target {
        Target::Page => {
            let questions = questions(library, lesson, listing)?;
            let mut out = page::listing(lesson, listing, &questions);
            if lesson.after(listing.way).is_none() {
                out += "\n";
                out += &pair::pair(lesson);
            }
            out
        }
        Target::Skeptic => whole_program(listing),
        Target::Print => slot_of("listing", id),
    })
}

/// A listing of this chapter.
fn at_home<'a>(
    library: &'a Library,
    file: &Path,
    id: &str,
) -> Result<(&'a Lesson, &'a Listing), Refusal> {
    let (lesson, listing) = find(library, id)?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    if stem != lesson.chapter {
        return refuse(
            format!("{id} belongs to the chapter {}", lesson.chapter),
            "show it there, or move the lesson's folder",
        );
    }
    Ok((lesson, listing))
}

/// The questions about a listing, the directives in their words replaced.
///
/// # Errors
/// If one of these directives is faulty.
pub fn questions(
    library: &Library,
    lesson: &Lesson,
    listing: &Listing,
) -> Result<Vec<Question>, Refusal> {
    listing
        .questions
        .iter()
        .map(|question| {
            Ok(Question {
                question: words(library, lesson, &question.question)?,
                why: words(library, lesson, &question.why)?,
                ..question.clone()
            })
        })
        .collect()
}

/// Words of a lesson.toml, the directives in them replaced.
///
/// # Errors
/// If one of these directives is faulty.
pub fn words(
    library: &Library,
    lesson: &Lesson,
    text: &str,
) -> Result<String, Refusal> {
    let expanded = expand(library, &lesson.file, text, Target::Skeptic);
    match expanded.faults.into_iter().next() {
        None => Ok(expanded.text),
        Some(fault) => refuse(
            format!("{}: {}", lesson.file.display(), fault.cause),
            fault.remedy,
        ),
    }
}

/// Marks that a listing's run is predicted. The questions themselves stand in
/// the listing, between the program and what it printed.
fn predict(
    library: &Library,
    file: &Path,
    id: &str,
) -> Result<String, Refusal> {
    let (lesson, listing) = at_home(library, file, id)?;
    if listing.questions.is_empty() {
        return refuse(
            format!("{id} has nothing to predict"),
            format!("add a [[predict]] to {}", lesson.file.display()),
        );
    }
    Ok(String::new())
}

/// The chapter as it is printed: terms linked at their first use, directives
/// replaced by their figures or by [slots](slot).
#[must_use]
pub fn for_print(
    library: &Library,
    file: &Path,
    text: &str,
    glossary: Option<(&[Term], &str)>,
) -> Expanded {
    let text = linked(text, glossary);
    expand(library, file, &text, Target::Print)
}

fn linked(text: &str, glossary: Option<(&[Term], &str)>) -> String {
    match glossary {
        Some((terms, page)) => glossary::linked(text, terms, page),
        None => text.to_owned(),
    }
}

/// The chapter as a reader gets it: terms linked at their first use,
/// directives replaced, code in colours, the answers at its end.
#[must_use]
pub fn for_page(
    library: &Library,
    file: &Path,
    text: &str,
    glossary: Option<(&[Term], &str)>,
) -> Expanded {
    let linked = linked(text, glossary);
    let mut out = expand(library, file, &linked, Target::Page);
    out.text = page::with_how_to_run(&coloured(&out.text));
    let asked: Vec<Question> = out
        .asked
        .iter()
        .filter_map(|id| find(library, id).ok())
        .filter_map(|(lesson, asked)| questions(library, lesson, asked).ok())
        .flatten()
        .collect();
    out.text += &ask::answers(&asked);
    out.text += &ask::index(library);
    out
}

/// Code blocks that begin a line, in colours.
fn coloured(text: &str) -> String {
    let mut out = String::new();
    let mut end = 0;
    let mut code: Option<(String, String)> = None;
    let parser = new_cmark_parser(text, &MarkdownOptions::default());
    for (event, span) in parser.into_offset_iter() {
        let begins_line = || text[..span.start].bytes().last() != Some(b' ');
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info)))
                if begins_line() =>
            {
                let language = info.split([',', ' ']).next();
                let language = language.unwrap_or_default().to_owned();
                code = Some((language, String::new()));
            }
            Event::Text(words) => {
                if let Some((_, inside)) = &mut code {
                    *inside += &words;
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((language, inside)) = code.take() {
                    out += &text[end..span.start];
                    out += &page::code(&language, &inside);
                    end = span.end;
                }
            }
            _ => {}
        }
    }
    out + &text[end..]
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
    // A listing stands on the page as a whole, and is known there. A file of
    // a lesson's library does not: its excerpts are captioned.
    let (source, path, caption) =
        if let Some((lesson, module)) = module(library, id) {
            let file = format!("{}/src/{}.rs", lesson.name, module.name);
            (&module.source, &module.path, Some(file))
        } else {
            let (_, listing) = find(library, id)?;
            (&listing.source, &listing.path, None)
        };
    let Some(text) = source.excerpt(anchor) else {
        return refuse(
            format!("{id} has no anchor `{anchor}`"),
            format!(
                "put `// ANCHOR: {anchor}` and `// ANCHOR_END: {anchor}` into \
                 {}",
                path.display()
            ),
        );
    };
    Ok(match (target, caption) {
        (Target::Page, Some(file)) => page::captioned(&file, "rust", &text),
        (Target::Page, None) => page::code("rust", &text),
        (Target::Skeptic, _) => String::new(),
        (Target::Print, Some(file)) => {
            format!("`{file}`:\n\n{}", page::fence("rust", &text))
        }
        (Target::Print, None) => page::fence("rust", &text),
    })
}

/// The file of a lesson's library that an excerpt is taken from.
fn module<'a>(
    library: &'a Library,
    id: &str,
) -> Option<(&'a Lesson, &'a Module)> {
    let (name, stem) = id.split_once('/')?;
    let lesson = library.lesson(name)?;
    Some((lesson, lesson.module(stem)?))
}

fn speedup(library: &Library, id: &str) -> Result<String, Refusal> {
    let (name, stem) = id.split_once('/').unwrap_or((id, "right_way"));
    let wrong = format!("{name}/{}", Way::Wrong.stem());
    let slow = measure::run(find(library, &wrong)?.1)?;
    let fast = measure::run(find(library, &format!("{name}/{stem}"))?.1)?;
    match figure::ratio(slow.took, fast.took) {
        Some(ratio) => Ok(ratio),
        None => refuse(
            format!("{name}/{stem} is too short a run for a ratio"),
            "compare other figures",
        ),
    }
}
