//! HTML within Markdown: blocks that mdBook passes on as they are.

use super::highlight;
use maud::{Markup, html};

/// A code block of the page, its colours in it.
#[must_use]
pub fn code(language: &str, text: &str) -> String {
    let text = format!("{}\n", text.trim_end());
    block(&html! { pre { code { (highlight::whole(language, &text, &[])) } } })
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
}
