//! Claims: what a listing's tests and its `main` assert, read from its source.

use crate::syntax::{self, NotRust};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use serde::Serialize;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, ItemFn, Lit, Meta};

/// On which clock a claim was asserted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// Tokio's paused clock: exact.
    Paused,
    /// The clock on the wall: with room for lateness.
    Real,
}

/// A fact about a run, and the test that asserts it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Claim {
    /// The test's name, as `cargo test` takes it.
    pub test: String,
    /// The claim in a sentence: the doc comment of the test.
    pub says: String,
    /// What its assertions expect, as source; durations in seconds.
    pub exact: Vec<String>,
    /// The first duration among them, in seconds.
    pub exact_s: Option<f64>,
    /// The clock it is measured on.
    pub clock: Clock,
}

/// The claims that a listing's own tests assert, in the order of the file.
///
/// # Errors
/// If `text` is no Rust, or nested deeper than anybody would write.
pub fn claims(text: &str) -> Result<Vec<Claim>, NotRust> {
    syntax::read(text, |file| {
        let mut tests = Tests::default();
        tests.visit_file(file);
        tests.found
    })
}

/// What `main` says when it asserts on its own run: the message of its last
/// assertion. `None` if `main` asserts nothing.
///
/// # Errors
/// As [`claims`].
pub fn asserted_by_main(text: &str) -> Result<Option<String>, NotRust> {
    syntax::read(text, |file| {
        let mut main = Main::default();
        main.visit_file(file);
        main.message
    })
}

#[derive(Default)]
struct Tests {
    found: Vec<Claim>,
}

impl Visit<'_> for Tests {
    fn visit_item_fn(&mut self, function: &ItemFn) {
        let test = function.attrs.iter().find(|attribute| {
            let last = attribute.path().segments.last();
            last.is_some_and(|segment| segment.ident == "test")
        });
        if let Some(test) = test {
            self.found.push(claim(function, test));
        }
        visit::visit_item_fn(self, function);
    }
}

fn claim(function: &ItemFn, test: &Attribute) -> Claim {
    let name = function.sig.ident.to_string();
    let mut asserts = Asserts::default();
    asserts.visit_block(&function.block);
    let mut exact: Vec<String> = asserts
        .expected
        .iter()
        .map(|(text, _)| text.clone())
        .collect();
    exact.extend(function.attrs.iter().filter_map(expected_panic));
    let says = doc(&function.attrs).unwrap_or_else(|| name.replace('_', " "));
    Claim {
        test: format!("tests::{name}"),
        says,
        exact,
        exact_s: asserts.expected.iter().find_map(|(_, seconds)| *seconds),
        clock: clock(test),
    }
}

fn clock(test: &Attribute) -> Clock {
    match &test.meta {
        Meta::List(list)
            if list.tokens.to_string().contains("start_paused") =>
        {
            Clock::Paused
        }
        _ => Clock::Real,
    }
}

fn doc(attributes: &[Attribute]) -> Option<String> {
    let lines: Vec<String> = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("doc") => {
                string(&pair.value)
            }
            _ => None,
        })
        .map(|line| line.trim().to_owned())
        .collect();
    (!lines.is_empty()).then(|| lines.join(" "))
}

fn expected_panic(attribute: &Attribute) -> Option<String> {
    let Meta::List(list) = &attribute.meta else {
        return None;
    };
    if !list.path.is_ident("should_panic") {
        return None;
    }
    let pair: syn::MetaNameValue = list.parse_args().ok()?;
    string(&pair.value).map(|text| format!("panic: {text}"))
}

fn string(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// The right-hand sides of `assert_eq!`, with the seconds they stand for.
#[derive(Default)]
struct Asserts {
    expected: Vec<(String, Option<f64>)>,
}

impl Visit<'_> for Asserts {
    fn visit_macro(&mut self, call: &syn::Macro) {
        if call.path.is_ident("assert_eq")
            && let Some(right) = arguments(&call.tokens).get(1)
        {
            self.expected.push(expectation(right));
        }
    }
}

/// The arguments of a macro, split at its outermost commas.
fn arguments(tokens: &TokenStream) -> Vec<TokenStream> {
    let mut all = vec![TokenStream::new()];
    for token in tokens.clone() {
        match (&token, all.last_mut()) {
            (TokenTree::Punct(mark), _) if mark.as_char() == ',' => {
                all.push(TokenStream::new());
            }
            (_, Some(last)) => last.extend([token]),
            (_, None) => {}
        }
    }
    all.retain(|argument| !argument.is_empty());
    all
}

/// A duration reads `2.3 s`; all else reads as its source.
fn expectation(tokens: &TokenStream) -> (String, Option<f64>) {
    match seconds(tokens) {
        Some(seconds) => (format!("{seconds:?} s"), Some(seconds)),
        None => (plain(tokens), None),
    }
}

/// The value of `Duration::from_secs(9)`, `from_millis(2300)` and the like.
fn seconds(tokens: &TokenStream) -> Option<f64> {
    let Expr::Call(call) = syn::parse2(tokens.clone()).ok()? else {
        return None;
    };
    let Expr::Path(path) = &*call.func else {
        return None;
    };
    let names: Vec<String> = path
        .path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    let [.., class, function] = names.as_slice() else {
        return None;
    };
    let Some(Expr::Lit(literal)) = call.args.first() else {
        return None;
    };
    let number: f64 = match &literal.lit {
        Lit::Int(number) => number.base10_parse().ok()?,
        Lit::Float(number) => number.base10_parse().ok()?,
        _ => return None,
    };
    let unit = match (class.as_str(), function.as_str()) {
        ("Duration", "from_secs" | "from_secs_f64") => 1.0,
        ("Duration", "from_millis") => 1000.0,
        ("Duration", "from_micros") => 1_000_000.0,
        _ => return None,
    };
    Some(number / unit)
}

/// Tokens as a person would write them on one line.
fn plain(tokens: &TokenStream) -> String {
    let mut out = String::new();
    let mut tight = true;
    for token in tokens.clone() {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                out += open;
                out += &plain(&group.stream());
                out += close;
                tight = false;
            }
            TokenTree::Punct(mark) => {
                out.push(mark.as_char());
                if mark.as_char() == ',' {
                    out.push(' ');
                }
                tight = true;
            }
            other => {
                if !tight {
                    out.push(' ');
                }
                out += &other.to_string();
                tight = false;
            }
        }
    }
    out.trim_end_matches([',', ' ']).to_owned()
}

#[derive(Default)]
struct Main {
    inside: bool,
    message: Option<String>,
}

impl Visit<'_> for Main {
    fn visit_item_fn(&mut self, function: &ItemFn) {
        self.inside = function.sig.ident == "main";
        visit::visit_item_fn(self, function);
        self.inside = false;
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        let is_assert = call.path.get_ident().is_some_and(|name| {
            name == "assert" || name == "assert_eq" || name == "assert_ne"
        });
        if !self.inside || !is_assert {
            return;
        }
        let last = arguments(&call.tokens).pop();
        let text = last.and_then(|tokens| syn::parse2(tokens).ok());
        let message = text.as_ref().and_then(string);
        self.message = Some(message.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
fn main() {
    assert_eq!(took.as_secs(), 4, "as long as the longest dish");
}
#[cfg(test)]
mod tests {
    /// Three dishes take
    /// as long as one.
    #[tokio::test(start_paused = true)]
    async fn three_dishes_take_four_seconds() {
        assert_eq!(start.elapsed(), Duration::from_millis(2300));
        assert_eq!(order, ["a", "b"]);
    }
    #[test]
    #[should_panic(expected = "no reactor")]
    fn it_panics() {
        main();
    }
}
"#;

    #[test]
    fn a_test_is_a_claim_with_its_exact_figures() {
        let found = claims(TEXT).expect("it is Rust");
        assert_eq!(found[0].test, "tests::three_dishes_take_four_seconds");
        assert_eq!(found[0].says, "Three dishes take as long as one.");
        assert_eq!(found[0].exact, ["2.3 s", r#"["a", "b"]"#]);
        assert_eq!(found[0].exact_s, Some(2.3));
        assert_eq!(found[0].clock, Clock::Paused);
    }

    #[test]
    fn an_expected_panic_is_a_claim() {
        let found = claims(TEXT).expect("it is Rust");
        assert_eq!(found[1].says, "it panics");
        assert_eq!(found[1].exact, ["panic: no reactor"]);
        assert_eq!(found[1].clock, Clock::Real);
    }

    #[test]
    fn main_says_what_it_asserts() {
        assert_eq!(
            asserted_by_main(TEXT).expect("it is Rust").as_deref(),
            Some("as long as the longest dish")
        );
        assert_eq!(asserted_by_main("fn main() {}").expect("Rust"), None);
    }
}
