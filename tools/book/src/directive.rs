//! Directives: the `{{#name arguments}}` of a chapter.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// One directive as it stands in a chapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Its bytes in the chapter, braces included.
    pub span: Range<usize>,
    /// Its name, as `took`.
    pub name: String,
    /// All that follows the name.
    pub arguments: String,
}

impl Directive {
    /// The first argument, and the rest without the space between.
    #[must_use]
    pub fn split(&self) -> (&str, &str) {
        match self.arguments.split_once(char::is_whitespace) {
            Some((first, rest)) => (first, rest.trim()),
            None => (&self.arguments, ""),
        }
    }
}

static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\\?\{\{\s*#\s*([A-Za-z_]+)[ \t]*([^{}\n]*)\}\}")
        .expect("a valid pattern")
});

/// All directives of a chapter, in order. One behind a backslash is text.
#[must_use]
pub fn find(text: &str) -> Vec<Directive> {
    DIRECTIVE
        .captures_iter(text)
        .filter_map(|found| {
            let whole = found.get(0)?;
            (!whole.as_str().starts_with('\\')).then(|| Directive {
                span: whole.range(),
                name: found[1].to_owned(),
                arguments: found[2].trim().to_owned(),
            })
        })
        .collect()
}

/// The chapter with blanks in place of its directives, every other byte where
/// it was.
#[must_use]
pub fn blanked(text: &str) -> String {
    let mut out = text.to_owned();
    for directive in find(text) {
        let blanks = " ".repeat(directive.span.len());
        out.replace_range(directive.span, &blanks);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_has_a_name_and_arguments() {
        let found = find("It took {{#at a/right_way Toast ready}}, said he.");
        assert_eq!(found[0].name, "at");
        assert_eq!(found[0].split(), ("a/right_way", "Toast ready"));
        assert_eq!(found[0].span, 8..39);
    }

    #[test]
    fn one_behind_a_backslash_is_text() {
        assert_eq!(find(r"write \{{#took a/right_way}} here"), []);
    }

    #[test]
    fn blanks_keep_every_other_byte_in_place() {
        let text = "a {{#took b/right_way}} c";
        assert_eq!(blanked(text).len(), text.len());
        assert!(blanked(text).ends_with(" c"));
    }
}
