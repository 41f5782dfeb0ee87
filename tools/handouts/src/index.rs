//! The page with links to what was printed.

use crate::pdf::Pdf;
use maud::{DOCTYPE, html};

/// The page, for these PDFs beside it.
#[must_use]
pub fn page(title: &str, printed: &[Pdf]) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Handouts: " (title) }
                style {
                    "body{font:1.1rem/1.6 serif;max-width:42rem;\
                     margin:2rem auto;padding:0 1rem}"
                }
            }
            body {
                main {
                    h1 { "Handouts" }
                    p { (title) }
                    (part("For students", printed, false))
                    (part("For instructors", printed, true))
                }
            }
        }
    }
    .into_string()
}

fn part(title: &str, printed: &[Pdf], instructor: bool) -> maud::Markup {
    let mine: Vec<&Pdf> = printed
        .iter()
        .filter(|one| one.instructor == instructor)
        .collect();
    html! {
        @if !mine.is_empty() {
            h2 { (title) }
            ul {
                @for one in mine {
                    li {
                        a href=(one.file) { (one.title) } " (PDF)"
                    }
                }
            }
        }
    }
}
