//! Rust as a tree, from text that anybody may have written.
//!
//! syn calls itself for each level of a program, and so does all that looks at
//! its tree or drops it: one line can be nested deeper than a stack has room
//! for, which ends the whole process. So the depth is bounded before syn is
//! asked, and what is within the bound has a stack that it can't fill.

use proc_macro2::{Delimiter, LexError, Punct, Spacing, Span};
use proc_macro2::{TokenStream, TokenTree};
use std::fmt;
use std::iter;
use std::mem;
use std::panic;
use std::thread;

/// How deep a program may be, counted as [`depths`] does. No file of this
/// workbook is above 120, and in the crates that it depends on only long tables
/// are above 620.
const MOST: usize = 1_000;

/// The stack on which text is parsed, in bytes: four times what the worst
/// program within the bound fills, as it is built for a debugger. Most of it is
/// never touched.
const STACK: usize = 128 * 1024 * 1024;

/// Why a text has no tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotRust {
    /// The line of it, from 1; 0 if it has none.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl NotRust {
    fn at(span: Span, message: impl fmt::Display) -> Self {
        Self {
            line: span.start().line,
            message: message.to_string(),
        }
    }
}

impl From<LexError> for NotRust {
    fn from(error: LexError) -> Self {
        Self::at(error.span(), error)
    }
}

impl From<syn::Error> for NotRust {
    fn from(error: syn::Error) -> Self {
        Self::at(error.span(), error)
    }
}

impl fmt::Display for NotRust {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for NotRust {}

/// What `look` sees in the tree of `text`. A panic of `look` is passed on.
///
/// # Errors
/// If `text` is no Rust, or nested deeper than anybody would write.
pub fn read<T: Send>(
    text: &str,
    look: impl FnOnce(&syn::File) -> T + Send,
) -> Result<T, NotRust> {
    let work = || {
        let tokens: TokenStream = text.parse()?;
        let mut depths = depths(tokens.clone());
        if let Some((token, _)) = depths.find(|(_, depth)| *depth > MOST) {
            return Err(NotRust::at(token.span(), "this is nested too deep"));
        }
        Ok(look(&syn::parse2(tokens)?))
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK);
        let done = thread.spawn_scoped(scope, work).map_err(|error| {
            let message = format!("no thread can be started: {error}");
            NotRust { line: 0, message }
        })?;
        done.join().unwrap_or_else(|why| panic::resume_unwind(why))
    })
}

/// Each token with its depth, or more.
///
/// A level of the tree takes a token at least, be it a bracket, an operator or
/// a keyword, and ends where the statement, item or argument ends that it is
/// part of. So no token is deeper than its own part has tokens up to there, and
/// each part around it.
fn depths(tokens: TokenStream) -> impl Iterator<Item = (TokenTree, usize)> {
    let mut outer = Vec::new();
    let (mut rest, mut part) = (tokens.into_iter(), Part::default());
    let mut around = 0;
    iter::from_fn(move || {
        let token = loop {
            if let Some(token) = rest.next() {
                break token;
            }
            (rest, part) = outer.pop()?;
            around -= part.tokens;
        };
        part.add(&token);
        let depth = around + part.tokens;
        if let TokenTree::Group(group) = &token {
            around = depth;
            let inside = group.stream().into_iter();
            let part = mem::take(&mut part);
            outer.push((mem::replace(&mut rest, inside), part));
        }
        Some((token, depth))
    })
}

/// A statement, an item, an argument: what ends all levels that begin in it.
#[derive(Debug, Default)]
struct Part {
    /// How many of its tokens have been seen, a group in brackets as one.
    tokens: usize,
    /// How many `<` among them have no `>` yet.
    angles: usize,
    /// Whether there is a `|` among them.
    pipes: bool,
    last: Last,
}

/// What the last token of a part may go on as.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// A block, which may be the end of a statement.
    Block,
    /// The first half of `->` or `=>`.
    Arrow,
    /// The first of an attribute's tokens, of which one may be a `!`.
    Attribute,
    #[default]
    Other,
}

impl Part {
    fn add(&mut self, token: &TokenTree) {
        if self.ends_before(token) {
            *self = Self::default();
        }
        self.tokens += 1;
        self.last = match token {
            TokenTree::Punct(mark) => self.mark(mark),
            TokenTree::Group(group) => self.group(group.delimiter()),
            _ => Last::Other,
        };
    }

    fn mark(&mut self, mark: &Punct) -> Last {
        match (mark.as_char(), self.last) {
            ('<', _) => self.angles += 1,
            ('>', Last::Arrow) => {}
            ('>', _) => self.angles = self.angles.saturating_sub(1),
            ('|', _) => self.pipes = true,
            ('-' | '=', _) if mark.spacing() == Spacing::Joint => {
                return Last::Arrow;
            }
            // No level begins in an attribute and ends behind it.
            ('#', _) | ('!', Last::Attribute) => {
                self.tokens -= 1;
                return Last::Attribute;
            }
            _ => {}
        }
        Last::Other
    }

    fn group(&mut self, delimiter: Delimiter) -> Last {
        match (delimiter, self.last) {
            (Delimiter::Bracket, Last::Attribute) => {
                self.tokens -= 1;
                Last::Other
            }
            (Delimiter::Brace, _) => Last::Block,
            _ => Last::Other,
        }
    }

    /// Whether this token begins another part. A comma may also stand in the
    /// middle of a type or of the parameters of a closure, and a block in the
    /// middle of an expression, where what follows goes on with it.
    fn ends_before(&self, token: &TokenTree) -> bool {
        match token {
            TokenTree::Punct(mark) => match mark.as_char() {
                ';' => true,
                ',' => self.angles == 0 && !self.pipes,
                '#' | '\'' => self.last == Last::Block,
                _ => false,
            },
            TokenTree::Ident(word) => {
                let goes_on = ["as", "else", "if", "in"];
                self.last == Last::Block && !goes_on.iter().any(|it| word == it)
            }
            TokenTree::Literal(_) => self.last == Last::Block,
            TokenTree::Group(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;
    use std::sync::mpsc;

    /// How a program goes into depth: what is before it, what is repeated, what
    /// is in the middle, what is repeated behind that, and what is after it.
    type Shape = [&'static str; 5];

    const TYPES: [Shape; 15] = [
        ["fn f(_: ", "Box<", "u8", ">", ") {}"],
        ["fn f(_: ", "&", "u8", "", ") {}"],
        ["fn f(_: ", "(", "u8", ",)", ") {}"],
        ["fn f(_: ", "fn() -> ", "u8", "", ") {}"],
        ["fn f(_: ", "impl Fn() -> ", "u8", "", ") {}"],
        ["fn f(_: ", "Box<dyn Fn() -> ", "u8", ">", ") {}"],
        ["fn f(_: ", "*const ", "u8", "", ") {}"],
        ["fn f(_: ", "Map<u8, ", "u8", ">", ") {}"],
        ["fn f(_: ", "Map<fn() -> u8, ", "u8", ">", ") {}"],
        // These are no Rust, which syn finds only at their depth.
        ["fn f(_: ", "Map<u8, ", "u8", "", ") {}"],
        ["fn f(_: ", "Map<fn() -> u8, ", "u8", "", ") {}"],
        ["fn f(_: ", "<", "u8", " as T>::A", ") {}"],
        ["fn f(_: ", "[", "u8", "; 1]", ") {}"],
        ["fn f(_: ", "[u8; ", "1", "]", ") {}"],
        ["fn f<T: ", "A<B: ", "u8", ">", ">() {}"],
    ];

    const EXPRESSIONS: [Shape; 30] = [
        ["fn f() { ", "&", "x", "", " }"],
        ["fn f() { ", "!", "x", "", " }"],
        ["fn f() { ", "-", "x", "", " }"],
        ["fn f() { ", "*", "x", "", " }"],
        ["fn f() { ", "(", "x", ")", " }"],
        ["fn f() { ", "[", "x", "]", " }"],
        ["fn f() { ", "{", "x", "}", " }"],
        ["fn f() { ", "if a { ", "x", " }", " }"],
        ["fn f() { ", "if ", "a", " {}", " }"],
        ["fn f() { ", "if if a {} { ", "x", " } {}", " }"],
        ["fn f() { ", "if a {} else ", "{}", "", " }"],
        ["fn f() { ", "match a { _ => ", "x", " }", " }"],
        ["fn f() { ", "if let a = ", "x", " {}", " }"],
        ["fn f() { ", "||", "x", "", " }"],
        ["fn f() { ", "|a, b| ", "x", "", " }"],
        ["fn f() { ", "async { ", "x", " }", " }"],
        ["fn f() { ", "return ", "x", "", " }"],
        ["fn f() { ", "a = ", "a", "", " }"],
        ["fn f() { ", "a + ", "a", "", " }"],
        ["fn f() { ", "a && ", "a", "", " }"],
        ["fn f() { ", "a::", "a", "", " }"],
        ["fn f() { ", "a(", "x", ")", " }"],
        ["fn f() { ", "A { a: ", "x", " }", " }"],
        ["fn f() { ", "#[a] &", "x", "", " }"],
        ["fn f() { x", "", "", ".a()", " }"],
        ["fn f() { x", "", "", "?", " }"],
        ["fn f() { x", "", "", "[0]", " }"],
        ["fn f() { x", "", "", " as u8", " }"],
        ["fn f() { let ", "&", "x", "", " = 1; }"],
        ["#[test] fn f() { assert_eq!(a, ", "[", "x", "]", "); }"],
    ];

    const ITEMS: [Shape; 4] = [
        ["", "mod a {", "", "}", ""],
        ["", "fn a() {", "", "}", ""],
        ["use ", "a::", "a", "", ";"],
        ["use ", "a::{", "a", "}", ";"],
    ];

    fn shapes() -> impl Iterator<Item = Shape> {
        TYPES.into_iter().chain(EXPRESSIONS).chain(ITEMS)
    }

    fn program(shape: Shape, times: usize) -> String {
        let [before, open, middle, close, after] = shape;
        let (open, close) = (open.repeat(times), close.repeat(times));
        format!("{before}{open}{middle}{close}{after}")
    }

    fn deepest(text: &str) -> usize {
        let tokens = text.parse().expect("tokens");
        depths(tokens).map(|(_, depth)| depth).max().unwrap_or(0)
    }

    /// Looks at each level, as those who read trees do.
    fn look(file: &syn::File) -> usize {
        use syn::visit::{self, Visit};
        #[derive(Default)]
        struct Types(usize);
        impl Visit<'_> for Types {
            fn visit_type(&mut self, it: &syn::Type) {
                self.0 += 1;
                visit::visit_type(self, it);
            }
        }
        let mut types = Types::default();
        types.visit_file(file);
        types.0
    }

    #[test]
    fn what_is_nested_too_deep_is_told_with_its_line() {
        for shape in shapes() {
            let [_, open, _, close, _] = shape;
            let times = 64 * 1024 / (open.len() + close.len());
            let text = format!("\n\n{}", program(shape, times));
            let deep = NotRust {
                line: 3,
                message: "this is nested too deep".to_owned(),
            };
            assert_eq!(read(&text, look), Err(deep), "{shape:?}");
        }
        for unclosed in ["[", "(", "{", "Box<", "||", "&", "if ", "fn f() {"] {
            let text = unclosed.repeat(64 * 1024 / unclosed.len());
            assert!(read(&text, look).is_err(), "{unclosed}");
        }
    }

    #[test]
    fn what_is_within_the_bound_is_read() {
        for shape in shapes() {
            let depth = |times| deepest(&program(shape, times));
            let a_level = depth(11) - depth(10);
            let times = 10 + (MOST - depth(10)) / a_level;
            let text = program(shape, times);
            assert!(deepest(&text) > MOST - 10, "{shape:?}");
            assert!(deepest(&text) <= MOST, "{shape:?}");
            // That it is no Rust is an answer, too.
            drop(read(&text, look));
        }
        let boxes = program(TYPES[0], 300);
        assert_eq!(read(&boxes, look), Ok(301));
    }

    #[test]
    fn a_long_program_is_not_a_deep_one() {
        for line in [
            "fn f(a: u8, b: u8) { let c = a + b; println!(\"{c}\", 1, 2); }\n",
            "/// Of letters.\n#[derive(Debug)] pub struct A { a: u8, b: u8 }\n",
            "impl A for B<C> { const D: [u8; 3] = [1, 2, 3]; }\n",
            "const E: [&[u8]; 4] = [&[1, 2], &[3, 4], &[5], &[6]];\n",
        ] {
            let text = line.repeat(1000);
            assert!(deepest(&text) < 40, "{line}: {}", deepest(&text));
            assert!(read(&text, |file| file.items.len()) == Ok(1000));
        }
        let arms =
            "1 => {} A { a } => if b {} else {}, C(d) => e(),".repeat(99);
        let text = format!("fn f() {{ match x {{ {arms} }} }}");
        assert!(deepest(&text) < 40, "{}", deepest(&text));
    }

    #[test]
    fn this_workbook_is_far_from_too_deep() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for entry in folder.read_dir().expect("it is there") {
            let path = entry.expect("it can be read").path();
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue; // A folder.
            };
            assert!(deepest(&text) < MOST / 4, "{}", path.display());
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for text in ["fn f() {}\nfn g( {\n", "fn f() {}\nlet a;\n"] {
            let error = read(text, look).expect_err("it is no Rust");
            assert_eq!(error.line, 2, "{error}");
        }
    }

    #[test]
    fn a_panic_is_that_of_the_caller() {
        let (told, seen) = mpsc::channel();
        let caught = thread::spawn(move || {
            let _ = read("fn f() {}", |_| panic!("in here"));
            told.send(()).expect("it is heard");
        });
        let why = caught.join().expect_err("it panics");
        assert_eq!(why.downcast_ref(), Some(&"in here"));
        assert!(seen.recv().is_err(), "nothing goes on behind it");
    }
}
