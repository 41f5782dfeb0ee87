//! A program on a page: its lines with their numbers, what is folded, what is
//! tinted.

use super::folds::Fold;
use super::highlight;
use super::sealed::Sealed;
use maud::{Markup, html};
use std::ops::Range;

/// The program in parts: what is in sight, in its colours, what is folded,
/// which the page colours as it was where it was met, and what is sealed.
///
/// The numbers of the lines are an attribute, which nobody copies.
#[must_use]
pub fn program(
    text: &str,
    folds: &[Fold],
    tinted: &[Range<usize>],
    sealed: &Sealed,
) -> Markup {
    let text = format!("{}\n", text.trim_end());
    let mut starts = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    let bytes = |lines: Range<usize>| starts[lines.start]..starts[lines.end];
    let shown = |lines: Range<usize>| {
        let bytes = bytes(lines);
        let marks: Vec<Range<usize>> = tinted
            .iter()
            .filter(|at| bytes.start <= at.start && at.end <= bytes.end)
            .map(|at| at.start - bytes.start..at.end - bytes.start)
            .collect();
        highlight::whole("rust", &text[bytes], &marks)
    };
    let plain = |lines: Range<usize>| html! { (text[bytes(lines)]) };
    let last = starts.len() - 1;
    let folded: Vec<_> = folds.iter().map(|fold| fold.lines.clone()).collect();
    html! {
        pre.program {
            code {
                @for (lines, fold) in cut(0..last, &folded) {
                    @match fold {
                        None => (parts(lines, sealed, shown)),
                        Some(index) => details {
                            @let Fold { what, met, .. } = &folds[index];
                            summary { (what) " " small { (met) } }
                            (parts(lines, sealed, plain))
                        },
                    }
                }
            }
        }
    }
}

/// These lines, each that is sealed in an element that waits.
fn parts(
    lines: Range<usize>,
    sealed: &Sealed,
    code: impl Fn(Range<usize>) -> Markup,
) -> Markup {
    let numbered = |lines: Range<usize>| {
        let numbers = lines.clone().map(|line| (line + 1).to_string());
        let numbers: Vec<String> = numbers.collect();
        html! { span data-n=(numbers.join("\n")) { (code(lines)) } }
    };
    html! {
        @for (lines, waits) in cut(lines, &sealed.lines) {
            @if waits.is_some() {
                span.seal data-until=(sealed.until) { (numbered(lines)) }
            } @else {
                (numbered(lines))
            }
        }
    }
}

/// `lines` in pieces: those that are in one of `at`, each with its index there,
/// and those between.
fn cut(
    lines: Range<usize>,
    at: &[Range<usize>],
) -> Vec<(Range<usize>, Option<usize>)> {
    let mut pieces = Vec::new();
    let mut from = lines.start;
    for (index, at) in at.iter().enumerate() {
        let at = at.start.clamp(from, lines.end)..at.end.min(lines.end);
        if !at.is_empty() {
            pieces.push((from..at.start, None));
            from = at.end;
            pieces.push((at, Some(index)));
        }
    }
    pieces.push((from..lines.end, None));
    pieces.retain(|(lines, _)| !lines.is_empty());
    pieces
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

    fn whole(text: &str, folds: &[Fold], tinted: &[Range<usize>]) -> Markup {
        program(text, folds, tinted, &Sealed::default())
    }

    #[test]
    fn sealed_lines_wait_in_sight_and_in_folds() {
        let sealed = Sealed {
            until: "q".to_owned(),
            lines: vec![1..2, 3..5],
        };
        let text = "a\nb\nc\nd\ne\nf";
        let shown = program(text, &[fold(4..6)], &[], &sealed).into_string();
        let seal = |lines: &str| {
            format!("<span class=\"seal\" data-until=\"q\">{lines}</span>")
        };
        for words in [
            seal("<span data-n=\"2\">b\n</span>"),
            seal("<span data-n=\"4\">d\n</span>") + "<details>",
            seal("<span data-n=\"5\">e\n</span>") + "<span data-n=\"6\">f",
        ] {
            assert!(shown.contains(&words), "{words} in {shown}");
        }
    }

    #[test]
    fn lines_have_numbers_and_what_is_folded_has_its_own() {
        let shown = whole("fn a() {}\nfn b(\n) {}\n// c", &[fold(1..3)], &[]);
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
        let shown = whole("fn a() {}\nlet b;", &[fold(0..1)], &[0..2, 10..15]);
        let shown = shown.into_string();
        assert!(shown.contains("<mark><b>let</b> b</mark>;"), "{shown}");
    }
}
