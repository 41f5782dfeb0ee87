//! HTML within Markdown: blocks that mdBook passes on as they are.

use super::highlight;
use maud::{Markup, PreEscaped, html};

/// Lines with their ends, runs of changed ones marked.
#[must_use]
pub fn marked(lines: &[Markup], changed: &[bool]) -> Markup {
    let is_changed = |place: usize| changed.get(place) == Some(&true);
    let mut out = String::new();
    for (place, line) in lines.iter().enumerate() {
        if is_changed(place) && (place == 0 || !is_changed(place - 1)) {
            out += "<span class=\"changed\">";
        }
        out += &line.0;
        out.push('\n');
        if is_changed(place) && !is_changed(place + 1) {
            out += "</span>";
        }
    }
    PreEscaped(out)
}

/// A code block of the page, its colours in it.
#[must_use]
pub fn code(language: &str, text: &str) -> String {
    let lines = highlight::lines(language, text.trim_end());
    // A class `rust` alone would be mdBook's theme of that name.
    block(&html! {
        pre tabindex="0" {
            code class={ "language-" (language) } { (marked(&lines, &[])) }
        }
    })
}

/// A code block of the page below the name of its file.
#[must_use]
pub fn captioned(file: &str, language: &str, text: &str) -> String {
    let caption = html! { figcaption { code { (file) } } };
    format!(
        "<figure class=\"excerpt\">{}\n\n{}</figure>\n\n",
        caption.into_string(),
        code(language, text)
    )
}

/// A code block of Markdown, its fence longer than any in the text.
#[must_use]
pub fn fence(info: &str, text: &str) -> String {
    let mut ticks = "```".to_owned();
    while text.contains(&ticks) {
        ticks.push('`');
    }
    format!("{ticks}{info}\n{}\n{ticks}\n\n", text.trim_end())
}

/// HTML as a block of Markdown. Line ends stay where they mean something: in
/// `pre`, which Markdown leaves alone up to its end tag.
#[must_use]
pub fn block(markup: &Markup) -> String {
    format!("{}\n\n", markup.0.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_those_it_holds() {
        assert_eq!(fence("text", "a"), "```text\na\n```\n\n");
        assert_eq!(fence("text", "```"), "````text\n```\n````\n\n");
    }

    #[test]
    fn runs_of_changed_lines_are_marked_and_the_text_stays() {
        let lines = highlight::lines("text", "a\nb\nc\nd");
        assert_eq!(
            marked(&lines, &[false, true, true, false]).0,
            "a\n<span class=\"changed\">b\nc\n</span>d\n"
        );
        assert_eq!(
            marked(&lines, &[false, false, false, true]).0,
            "a\nb\nc\n<span class=\"changed\">d\n</span>"
        );
    }
}
