//! How a listing looks in a chapter.

use crate::figure;
use crate::library::{Lesson, Listing};
use crate::timeline;
use crate::transcript::{End, Transcript};
use maud::{Markup, html};

/// The Markdown of a listing for a reader's page: caption, code, claims, what
/// it printed, timeline. HTML that mdBook passes on, around code that mdBook
/// renders.
#[must_use]
pub fn listing(lesson: &Lesson, listing: &Listing) -> String {
    let mut out = opening(listing);
    out += &fence("rust", &listing.source.program());
    if let Some(text) = &listing.diagnostics {
        out += &label("What rustc says");
        out += &fence("text", text);
    }
    if let Some(run) = &listing.transcript {
        out += &html_block(&recorded(lesson, listing, run));
    }
    if let Some(tests) = listing.source.tests() {
        out += "<details class=\"claims\"><summary>";
        out += match listing.claims.len() {
            1 => "The claim, as a test",
            _ => "The claims, as tests",
        };
        out += "</summary>\n\n";
        out += &fence("rust", &tests);
        out += "</details>\n\n";
    }
    out + "</section>\n"
}

/// The start tag of its section, and its caption.
fn opening(listing: &Listing) -> String {
    let way = listing.way;
    let title = way.title();
    let label = format!("{title}: {}", listing.lesson.replace('-', " "));
    let caption = html! {
        header {
            span.way { span aria-hidden="true" { (way.sign()) } " " (title) }
            code.file { (file(listing)) }
            code.command { (listing.command()) }
        }
    };
    format!(
        "<section class=\"listing {}\" id=\"{}\" aria-label=\"{label}\">{}\n\n",
        way.dashed(),
        listing.bin(),
        caption.into_string()
    )
}

/// Its file, from the lesson's folder on.
fn file(listing: &Listing) -> String {
    format!("{}/src/{}.rs", listing.lesson, listing.way.stem())
}

fn label(text: &str) -> String {
    html_block(&html! { p.label { (text) } })
}

/// What it printed and when, beside its timeline.
fn recorded(lesson: &Lesson, listing: &Listing, run: &Transcript) -> Markup {
    let label = format!("Timeline of the {}", listing.way.title());
    html! {
        div.run {
            ol.transcript aria-label="What it printed, by seconds" {
                @for line in &run.lines {
                    li {
                        span.at { (figure::column(line.at)) }
                        " " code { (line.text) }
                    }
                }
                li.end {
                    span.at { (figure::column(run.took)) }
                    " " span { (ending(run)) }
                }
            }
            @if !listing.bars.is_empty() {
                (timeline::draw(&listing.bars, lesson.scale(), &label))
            }
        }
    }
}

/// How a run ended, in words.
fn ending(run: &Transcript) -> String {
    let took = run.took_figure();
    match run.end {
        End::Exit(0) => format!("ended after {took}"),
        End::Exit(101) => format!("panicked after {took} (exit status 101)"),
        End::Exit(code) => format!("ended after {took} with status {code}"),
        End::Signal(number) => format!("ended by signal {number} after {took}"),
        End::Killed => format!("killed after {took}: it would never end"),
    }
}

/// A code block, its fence longer than any in the text.
#[must_use]
pub fn fence(info: &str, text: &str) -> String {
    let mut ticks = "```".to_owned();
    while text.contains(&ticks) {
        ticks.push('`');
    }
    format!("{ticks}{info}\n{}\n{ticks}\n\n", text.trim_end())
}

fn html_block(markup: &Markup) -> String {
    format!("{}\n\n", markup.0.replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_those_it_holds() {
        assert_eq!(fence("text", "a"), "```text\na\n```\n\n");
        assert_eq!(fence("text", "```"), "````text\n```\n````\n\n");
    }
}
