//! The Rust blocks of a chapter as it is written.

use lessons::line_of;
use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};

/// A fenced block whose info string begins with `rust`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RustBlock {
    /// The line of its opening fence, from 1.
    pub line: usize,
    /// Its code.
    pub text: String,
}

/// All Rust blocks of a chapter, in order.
#[must_use]
pub fn rust_blocks(markdown: &str) -> Vec<RustBlock> {
    let mut blocks = Vec::new();
    let mut open: Option<RustBlock> = None;
    let parser = new_cmark_parser(markdown, &MarkdownOptions::default());
    for (event, span) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info)))
                if info.split([',', ' ']).next() == Some("rust") =>
            {
                open = Some(RustBlock {
                    line: line_of(markdown, span.start),
                    text: String::new(),
                });
            }
            Event::Text(words) => {
                if let Some(block) = &mut open {
                    block.text += &words;
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_blocks_are_found_with_their_lines() {
        let text = "a\n\n```rust\nfn main() {}\n```\n\n```text\nb\n```\n\n\
                    - c\n  ```rust\n  // d\n  ```\n";
        let found = rust_blocks(text);
        let found: Vec<(usize, &str)> =
            found.iter().map(|it| (it.line, it.text.as_str())).collect();
        assert_eq!(found, [(3, "fn main() {}\n"), (12, "// d\n")]);
    }
}
