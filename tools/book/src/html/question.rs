//! How a prediction is asked on the page, and answered on paper.

use super::markdown::block;
use lessons::{Library, Listing, Question};
use maud::html;
use std::collections::BTreeMap;

/// The Markdown of one question: choices for those with scripts, an answer to
/// unfold for all.
#[must_use]
pub fn fieldset(listing: &Listing, question: &Question) -> String {
    let id = &question.id;
    let choices = html! {
        div.choices {
            @for (place, choice) in question.choices.iter().enumerate() {
                label {
                    input type="radio" name=(id) value=(place)
                        data-right[place == question.right];
                    " " span { (choice) }
                }
            }
        }
        div.tools {
            button.primary type="button" data-do="answer" { "Look" }
            button type="button" data-do="skip" {
                "Skip" span.visually-hidden { " the question and look" }
            }
        }
        p.verdict role="status" {}
    };
    let answer = html! { b { (question.answer()) } };
    let bin = listing.bin();
    format!(
        "<fieldset class=\"predict\" id=\"{id}\" data-of=\"{bin}\">\
         <legend>Predict</legend><div class=\"question\">\n\n{}\n\n</div>{}\
         <details class=\"answer\"><summary>The answer</summary><div>\n\n\
         {}. {}\n\n</div></details></fieldset>\n\n",
        question.question.trim(),
        choices.into_string(),
        answer.into_string(),
        question.why.trim(),
    )
}

/// The answers to these questions, for print: there they stand at the end of
/// the chapter.
#[must_use]
pub fn answers(questions: &[Question]) -> String {
    if questions.is_empty() {
        return String::new();
    }
    let mut out = "\n\n<section class=\"answers\">\
                   <p class=\"title\">The answers to the predictions</p>\n\n"
        .to_owned();
    for (number, question) in (1..).zip(questions) {
        let answer = html! { b { (question.answer()) } }.into_string();
        let (asked, why) = (question.question.trim(), question.why.trim());
        out += &format!("{number}. {asked} {answer}. {why}\n");
    }
    out + "\n</section>\n\n"
}

/// An id without the beginning that all of them share.
fn short(id: &str) -> &str {
    id.strip_prefix("predict-").unwrap_or(id)
}

/// Which questions each page asks, for the mark of progress in the sidebar. In a
/// bundled book it is a file of its own.
#[must_use]
pub fn index(library: &Library) -> String {
    let mut pages: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for lesson in &library.lessons {
        let ids = lesson.questions.iter().map(|asked| short(&asked.id));
        pages.entry(lesson.chapter.clone()).or_default().extend(ids);
    }
    pages.retain(|_, ids| !ids.is_empty());
    if pages.is_empty() {
        return String::new();
    }
    let json = serde_json::to_string(&pages).unwrap_or_default();
    let script = html! {
        script.workbook-predictions type="application/json" {
            (maud::PreEscaped(json.replace('<', "\\u003c")))
        }
    };
    format!("\n\n{}", block(&script))
}
