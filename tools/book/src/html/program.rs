//! A program on a page: its lines with their numbers, what is folded, what is
//! tinted.

use super::folds::Fold;
use super::highlight;
use maud::{Markup, html};
use std::ops::Range;

/// The program in parts: what is in sight, in its colours, and what is folded,
/// which the page colours as it was where it was met.
///
/// The numbers of the lines are an attribute, which nobody copies.
#[must_use]
pub fn program(text: &str, folds: &[Fold], tinted: &[Range<usize>]) -> Markup {
    let text = format!("{}\n", text.trim_end());
    let mut starts = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    let last = starts.len() - 1;
    let shown = |lines: Range<usize>| {
        let bytes = starts[lines.start]..starts[lines.end];
        let marks: Vec<Range<usize>> = tinted
            .iter()
            .filter(|at| bytes.start <= at.start && at.end <= bytes.end)
            .map(|at| at.start - bytes.start..at.end - bytes.start)
            .collect();
        let code = highlight::whole("rust", &text[bytes], &marks);
        numbered(lines, &code)
    };
    let mut from = 0;
    html! {
        pre.program {
            code {
                @for fold in folds {
                    @if from < fold.lines.start {
                        (shown(from..fold.lines.start))
                    }
                    ({ from = fold.lines.end; folded(fold, &text, &starts) })
                }
                @if from < last { (shown(from..last)) }
            }
        }
    }
}

fn folded(fold: &Fold, text: &str, starts: &[usize]) -> Markup {
    let lines = fold.lines.clone();
    let code = &text[starts[lines.start]..starts[lines.end]];
    html! {
        details {
            summary { (fold.what) " " small { (fold.met) } }
            (numbered(lines, &html! { (code) }))
        }
    }
}

fn numbered(lines: Range<usize>, code: &Markup) -> Markup {
    let numbers: Vec<String> =
        lines.map(|line| (line + 1).to_string()).collect();
    html! { span data-n=(numbers.join("\n")) { (code) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(lines: Range<usize>) -> Fold {
        Fold {
            lines,
            what: "main".to_owned(),
            met: "2 lines, as above".to_owned(),
        }
    }

    #[test]
    fn lines_have_numbers_and_what_is_folded_has_its_own() {
        let shown = program("fn a() {}\nfn b(\n) {}\n// c", &[fold(1..3)], &[]);
        assert_eq!(
            shown.into_string(),
            "<pre class=\"program\"><code>\
             <span data-n=\"1\"><b>fn</b> a() {}\n</span>\
             <details><summary>main <small>2 lines, as above</small></summary>\
             <span data-n=\"2\n3\">fn b(\n) {}\n</span></details>\
             <span data-n=\"4\"><i>// c</i>\n</span></code></pre>"
        );
    }

    #[test]
    fn tinted_words_are_marked_in_their_part() {
        let shown =
            program("fn a() {}\nlet b;", &[fold(0..1)], &[0..2, 10..15]);
        let shown = shown.into_string();
        assert!(shown.contains("<mark><b>let</b> b</mark>;"), "{shown}");
    }
}
