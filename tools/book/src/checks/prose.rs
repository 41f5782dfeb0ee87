//! Durations and ratios that somebody typed: a figure in prose must come from
//! a directive, or carry a footnote that names its source.

use crate::directive;
use lessons::{Fault, line_of};
use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use regex::Regex;
use std::path::Path;
use std::sync::LazyLock;

static TYPED: LazyLock<Regex> = LazyLock::new(|| {
    let word = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|\
                twelve|fifteen|twenty|thirty|forty|fifty|sixty|hundred";
    let digits = r"\d+(?:[.,]\d+)?";
    let words = format!(r"\b(?:{word})(?:\s+and\s+a\s+half)?");
    let number = format!("(?:{digits}|{words})");
    let long = "(?:milliseconds?|microseconds?|seconds?|minutes?|hours?)";
    let short = "(?:ns|µs|us|ms|s|h|secs?|mins?)";
    let than = "(?:as|faster|slower|longer|shorter|quicker|sooner)";
    let like = "as\\s+(?:fast|long|slow|quick|short)";
    Regex::new(&format!(
        r"(?x)
        {number}[\s\u{{a0}}-]+{long}\b
        | {digits}[\s\u{{a0}}-]*(?:{short}|{long})\b
        | \bhalf\s+a\s+(?:second|minute)\b
        | {digits}[\s\u{{a0}}]*×
        | \b{digits}x\b
        | {number}[\s\u{{a0}}]+times[\s\u{{a0}}]+{than}\b
        | \b(?:twice|half)\s+(?:{like}|the\s+time)\b
        "
    ))
    .expect("a valid pattern")
});

/// The durations and ratios typed into the prose of a chapter. Code, in spans
/// and in blocks, is not prose.
#[must_use]
pub fn typed_figures(text: &str, file: &Path) -> Vec<Fault> {
    let blanked = directive::blanked(text);
    let parser = new_cmark_parser(&blanked, &MarkdownOptions::default());
    let mut block = Passage::default();
    let mut faults = Vec::new();
    let mut in_code = false;
    for (event, span) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Start(Tag::FootnoteDefinition(_)) => {
                block.definitions += 1;
            }
            Event::End(TagEnd::FootnoteDefinition) => {
                block.definitions -= 1;
            }
            Event::FootnoteReference(_) => block.sourced = true,
            // Words may come in pieces: read them from the chapter itself.
            Event::Text(_) | Event::SoftBreak if !in_code => {
                block.say(&blanked[span.clone()], span.start);
            }
            Event::Code(_) => block.gap(),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::TableCell
                | TagEnd::Item
                | TagEnd::DefinitionListTitle
                | TagEnd::DefinitionListDefinition,
            ) => block.end(text, file, &mut faults),
            _ => {}
        }
    }
    block.end(text, file, &mut faults);
    faults
}

/// The words of one paragraph, heading or cell.
#[derive(Default)]
struct Passage {
    words: String,
    /// Where each piece of `words` begins, there and in the chapter.
    pieces: Vec<(usize, usize)>,
    sourced: bool,
    definitions: usize,
}

impl Passage {
    fn say(&mut self, words: &str, at: usize) {
        self.pieces.push((self.words.len(), at));
        self.words.push_str(words);
    }

    fn gap(&mut self) {
        self.words.push('\u{fffc}');
    }

    fn end(&mut self, text: &str, file: &Path, faults: &mut Vec<Fault>) {
        if !self.sourced && self.definitions == 0 {
            for found in TYPED.find_iter(&self.words) {
                let at = self.place(found.start());
                faults.push(Fault::new(
                    file,
                    line_of(text, at),
                    format!("\"{}\" is typed into prose", found.as_str()),
                    "use {{#took}}, {{#speedup}}, {{#span}}, {{#at}}, \
                     {{#count}} or {{#number}}, or name its source in a \
                     footnote",
                ));
            }
        }
        self.words.clear();
        self.pieces.clear();
        self.sourced = false;
    }

    fn place(&self, offset: usize) -> usize {
        let piece = self.pieces.iter().rev().find(|(own, _)| *own <= offset);
        piece.map_or(0, |(own, chapter)| chapter + offset - own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        typed_figures(text, Path::new("a.md"))
            .iter()
            .map(|fault| format!("{}: {}", fault.line, fault.problem.cause))
            .collect()
    }

    #[test]
    fn typed_durations_and_ratios_are_found() {
        let text = "It took 9 s.\n\nThen 2.25× as fast, or 350 ms,\nor three \
                    seconds, or five times faster, twice as fast.\n";
        assert_eq!(
            found(text),
            [
                "1: \"9 s\" is typed into prose",
                "3: \"2.25×\" is typed into prose",
                "3: \"350 ms\" is typed into prose",
                "4: \"three seconds\" is typed into prose",
                "4: \"five times faster\" is typed into prose",
                "4: \"twice as fast\" is typed into prose",
            ]
        );
    }

    #[test]
    fn headings_and_tables_are_prose_too() {
        let text = "# In 4 seconds\n\n| a | b |\n| --- | --- |\n| x | 10 s |\n";
        assert_eq!(
            found(text),
            [
                "1: \"4 seconds\" is typed into prose",
                "5: \"10 s\" is typed into prose",
            ]
        );
    }

    #[test]
    fn a_figure_across_two_lines_is_found() {
        assert_eq!(
            found("five\nseconds"),
            ["1: \"five\nseconds\" is typed into prose"]
        );
    }

    #[test]
    fn code_directives_and_counts_are_no_typed_figures() {
        let text = "`sleep(3 s)` takes {{#took a/right_way}}; 5 prompts, \
                    chapter 3, a second task, fast ones.\n\n```rust\n// 9 s\n```\n";
        assert_eq!(found(text), [""; 0]);
    }

    #[test]
    fn a_footnote_gives_a_figure_its_source() {
        let text = "An answer takes 1 to 10 seconds[^n].\n\n[^n]: The notebook \
                    says 1 to 10 seconds.\n";
        assert_eq!(found(text), [""; 0]);
    }
}
