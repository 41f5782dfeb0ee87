//! How a listing looks in a chapter: HTML that mdBook passes on, around text
//! that it renders.

use super::drawing::Frame;
use super::markdown::{block, code};
use super::{diff, drawing, folds, program, question, sealed, tint};
use crate::seal;
use lessons::transcript::{End, Transcript};
use lessons::{Lesson, Listing, Question, format as figure};
use maud::{Markup, html};

/// The Markdown of a listing for a reader's page: caption, code, claims,
/// questions, what it printed, timeline. The page has those `above` it.
#[must_use]
pub fn listing(
    lesson: &Lesson,
    listing: &Listing,
    questions: &[Question],
    above: &[&Listing],
) -> String {
    let mut out = opening(lesson, listing);
    out += &block(&program(lesson, listing, above));
    if let Some(tests) = listing.source.tests() {
        out += &claims(listing, &tests);
    }
    if let Some(text) = &listing.diagnostics {
        out += &block(&html! { p.label { "What rustc says" } });
        out += &code("text", text);
    }
    if !questions.is_empty() || listing.transcript.is_some() {
        out += "<div class=\"outcome\">\n\n";
        for asked in questions {
            out += &question::fieldset(listing, asked);
        }
        if let Some(run) = &listing.transcript {
            out += &block(&recorded(lesson, listing, run));
        }
        out += "</div>\n\n";
    }
    out + "</section>\n"
}

/// How the start tag of a listing's section begins.
const SECTION: &str = "<section class=\"listing ";

/// How the line ends that says how to run listings: where more can follow it.
pub const HOW_TO_RUN_END: &str = "<code>cargo run</code>.</p>";

/// A page with a line at its end, if it has listings or a race, on how to run
/// them. Where they can be run, the page's script says more in its place.
#[must_use]
pub fn with_how_to_run(text: &str) -> String {
    if !text.contains(SECTION) && !text.contains("<section class=\"hook\"") {
        return text.to_owned();
    }
    format!(
        "{text}\n\n<p class=\"how-to-run\">To run and edit these listings, \
         clone the workbook and open it with {HOW_TO_RUN_END}\n\n"
    )
}

/// The start tag of its section, and its caption.
fn opening(lesson: &Lesson, listing: &Listing) -> String {
    let (way, bin) = (listing.way(), listing.bin());
    let title = format!("{bin}-title");
    let took = listing.took().map(|took| format!(" data-took=\"{took}\""));
    let kind = listing.about.kind.map(|kind| kind.to_string());
    let caption = html! {
        header {
            p.way id=(title) {
                span aria-hidden="true" { (way.sign()) } " " (way.title())
                @if let Some(kind) = kind { " " span.kind { (kind) } }
                span.visually-hidden { " of " (listing.lesson()) }
            }
            code.file { (file(listing)) }
            div.tools {
                @if listing.transcript.is_some() { (player("replay", "Replay")) }
            }
            (menu(listing))
        }
    };
    format!(
        "{SECTION}{}\" id=\"{bin}\" data-listing=\"{}\" \
         aria-labelledby=\"{title}\"{}{}>{}\n\n",
        way.dashed(),
        listing.id,
        took.unwrap_or_default(),
        sealed::until(&seal::until_asked(lesson, listing)),
        caption.into_string()
    )
}

/// What else can be done with a listing. The page's scripts add to it, and
/// leave out what there is nothing to do with.
fn menu(listing: &Listing) -> Markup {
    html! {
        details.menu {
            summary aria-label="More" title="More" { "⋯" }
            div {
                button type="button" data-do="copy" { "Copy the program" }
                button type="button" data-do="unfold" { "Unfold all" }
                button type="button" data-do="present" { "Present" }
                p.command { code { (listing.command()) } }
                button type="button" data-do="copy-command" {
                    "Copy the command"
                }
            }
        }
    }
}

/// The controls that play a run, or a pair of them.
#[must_use]
pub fn player(play: &str, label: &str) -> Markup {
    html! {
        button type="button" data-do=(play) { (label) }
        select.speed aria-label="Speed" {
            option value="1" { "1×" }
            option value="4" { "4×" }
        }
    }
}

/// Its file, from the lesson's folder on.
#[must_use]
pub fn file(listing: &Listing) -> String {
    format!("{}/src/{}.rs", listing.lesson(), listing.way().stem())
}

/// The program: what was met above is folded, what the way before it had not
/// is tinted.
fn program(lesson: &Lesson, listing: &Listing, above: &[&Listing]) -> Markup {
    let text = listing.source.program();
    let old = lesson.before(listing.way());
    let tinted = old.map_or_else(Vec::new, |old| tint::tinted(old, listing));
    let folds = folds::folds(lesson, listing, above);
    let sealed = sealed::asserted(&text, lesson, listing);
    html! {
        (program::program(&text, &folds, &tinted, &sealed))
        @if !tinted.is_empty() && folds::first_tinted(lesson, listing, above) {
            p.legend {
                mark { "Tinted" } " is what the way before it had not; of an item \
                that is new, its first line."
            }
        }
    }
}

/// Which lines of a listing's program the way before it has not.
#[must_use]
pub fn changed(lesson: &Lesson, listing: &Listing) -> Vec<bool> {
    let Some(old) = lesson.before(listing.way()) else {
        return Vec::new();
    };
    diff::changed(&old.source.program(), &listing.source.program()).1
}

/// The tests below a program, folded, in colours once they are opened. Code
/// begins a block of its own, so that Markdown leaves its empty lines alone.
fn claims(listing: &Listing, tests: &str) -> String {
    let summary = match listing.claims.len() {
        1 => "The claim, as a test",
        _ => "The claims, as tests",
    };
    format!(
        "<details class=\"claims\"><summary>{summary}</summary>\n\n{}\
         </details>\n\n",
        code("text", tests)
    )
}

/// What it printed and when, beside its timeline.
fn recorded(lesson: &Lesson, listing: &Listing, run: &Transcript) -> Markup {
    let id = drawing::id(listing);
    let title = format!(
        "Timeline of {}, {}",
        listing.lesson(),
        listing.way().title()
    );
    html! {
        div.run {
            ol.transcript aria-label="What it printed, by seconds" {
                @for line in &run.lines {
                    // The style sheet shows when.
                    li data-at=(figure::column(line.at)) {
                        code { (line.text) }
                    }
                }
                li.end data-at=(figure::column(run.took)) {
                    span { (ending(listing, run)) }
                }
            }
            @if let Some(timeline) = &listing.timeline {
                figure.timeline {
                    (drawing::draw(timeline, Frame::of(lesson), &id, &title))
                    (drawing::legend(timeline, &id))
                    (drawing::figures(timeline))
                }
            }
        }
    }
}

/// How a run ended, in words, and what that asserts.
fn ending(listing: &Listing, run: &Transcript) -> Markup {
    let asserted = listing.main_says.as_deref().filter(|s| !s.is_empty());
    html! {
        (ended(run))
        @if let (Some(says), End::Exit(0)) = (asserted, run.end) {
            ", asserted: " q { (says) }
        }
    }
}

/// How a run ended, and when.
#[must_use]
pub fn ended(run: &Transcript) -> String {
    let took = run.took_figure();
    match run.end {
        End::Exit(0) => format!("ended after {took}"),
        End::Exit(101) => format!("panicked after {took} (exit status 101)"),
        End::Exit(code) => format!("ended after {took} with status {code}"),
        End::Signal(number) => format!("ended by signal {number} after {took}"),
        End::Killed => {
            format!("was stopped after {took}: it would not have ended")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_to_run_is_said_once_at_the_end_of_a_page() {
        let page =
            format!("a\n\n{SECTION}x\"></section>\n\nb\n\n{SECTION}y\">");
        let told = with_how_to_run(&page);
        assert!(told.starts_with(&page), "{told}");
        assert!(told.trim_end().ends_with(HOW_TO_RUN_END), "{told}");
        assert_eq!(told.matches("how-to-run").count(), 1);
        assert_eq!(with_how_to_run("a"), "a");
    }
}
