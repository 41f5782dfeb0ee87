//! What a program did that the reader has edited, told neutrally: it is held
//! against the original, and nobody promised that it does the same.

use crate::order::ending::{self, Panic};
use lessons::format;
use lessons::transcript::{End, Transcript};

/// A program that was edited, and its run, beside the original's.
pub struct Edited<'e> {
    /// Its text.
    pub source: &'e str,
    /// What it did.
    pub seen: &'e Transcript,
    /// The text of the original.
    pub original: &'e str,
    /// What that did when it was recorded.
    pub recorded: &'e Transcript,
}

impl Edited<'_> {
    /// How it differs from the original.
    pub fn in_words(&self) -> String {
        let (seen, took) = (self.seen, self.seen.took_figure());
        if let Some(why) = ending::aborted(seen) {
            return format!("{why} after {took}");
        }
        let panic = ending::panic(seen);
        match seen.end {
            End::Signal(_) => {
                let how = ending::in_words(seen.end);
                format!("it ended after {took} by {how}")
            }
            end if end == self.recorded.end => {
                let told = panic.filter(|_| !self.panics_too());
                let told = told.map(|it| format!("; {}", panicked(&it)));
                self.otherwise() + &told.unwrap_or_default()
            }
            End::Exit(_) => match panic {
                Some(panic) if self.is_of_the_original(&panic) => format!(
                    "{}; the assertion was about the original: {}",
                    self.time(),
                    panic.reason()
                ),
                Some(panic) => panicked(&panic),
                None => self.ended(),
            },
            End::Killed => format!(
                "it had not ended after {took}, and was stopped; the original \
                 ends by itself"
            ),
        }
    }

    /// It ended by itself, in another way than the original.
    fn ended(&self) -> String {
        let took = self.seen.took_figure();
        let how = match self.seen.end {
            End::Exit(0) => format!("it ended after {took}"),
            end => format!("it ended after {took} with {end}"),
        };
        match self.recorded.end {
            End::Killed => {
                format!("{how}; the original would not have ended by itself")
            }
            end => format!("{how}; the original ends with {end}"),
        }
    }

    /// It ended in the same way, and yet differs.
    fn otherwise(&self) -> String {
        let time = if self.seen.end == End::Killed {
            let took = self.seen.took_figure();
            format!("it had not ended after {took} either, and was stopped")
        } else {
            self.time()
        };
        format!("{time}; {}", self.lines())
    }

    fn time(&self) -> String {
        let took = self.seen.took_figure();
        let was = self.recorded.took_figure();
        if took == was {
            return format!("it took {took}, as the original");
        }
        format!("it took {took} instead of {was}")
    }

    /// What is different of what it printed.
    fn lines(&self) -> &'static str {
        let lines = |run: &Transcript| -> Vec<String> {
            run.lines.iter().map(|line| line.text.clone()).collect()
        };
        let (mut new, mut old) = (lines(self.seen), lines(self.recorded));
        if new.is_empty() && !old.is_empty() {
            return "it printed nothing";
        }
        if new == old {
            return "it printed the same lines";
        }
        new.sort();
        old.sort();
        if new == old {
            "it printed the same lines in another order"
        } else {
            "it printed other lines"
        }
    }

    fn panics_too(&self) -> bool {
        ending::panic(self.recorded).is_some()
    }

    /// Whether what panicked is an assertion that the reader did not write.
    fn is_of_the_original(&self, panic: &Panic) -> bool {
        let Some((_, line)) = panic.place else {
            return false;
        };
        let statement = statement(self.source, line);
        statement.starts_with("assert")
            && spaced(self.original).contains(&statement)
    }
}

fn panicked(panic: &Panic) -> String {
    format!(
        "it panicked after {}: {}",
        format::seconds(panic.at),
        panic.said
    )
}

/// The statement that begins in this line, from 1, on one line.
fn statement(source: &str, line: usize) -> String {
    let mut all = String::new();
    for line in source.lines().skip(line.saturating_sub(1)) {
        all.push_str(line);
        all.push('\n');
        if line.trim_end().ends_with(';') {
            break;
        }
    }
    spaced(&all)
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessons::transcript::Line;

    const ORIGINAL: &str = "fn main() {\n    wait(9);\n    assert_eq!(\n        \
                            took(), 9, \"three waits\");\n}\n";

    const RECORDED: &str = "program x
  0.000 | Brewing
  4.000 | Toasting
  9.000 | Served after 9.0 s
  9.000 = exit 0
";

    fn words_of(recorded: &str, edit: impl Fn(&mut Transcript)) -> String {
        let recorded = Transcript::parse(recorded).expect("valid");
        let mut seen = recorded.clone();
        edit(&mut seen);
        let edited = Edited {
            source: &ORIGINAL.replace("wait(9)", "wait(6)"),
            seen: &seen,
            original: ORIGINAL,
            recorded: &recorded,
        };
        edited.in_words().replace('\u{a0}', " ")
    }

    fn words(edit: impl Fn(&mut Transcript)) -> String {
        words_of(RECORDED, edit)
    }

    fn panics(run: &mut Transcript, at: f64, line: usize) {
        let head = format!("thread 'main' panicked at src/a.rs:{line}:5:");
        for text in [&*head, "assertion `left == right` failed", "  left: 6"] {
            let text = text.to_owned();
            run.lines.push(Line { at, text });
        }
    }

    #[test]
    fn an_assertion_about_the_original_is_no_fault_of_the_reader() {
        let words = words(|run| {
            run.lines.truncate(1);
            panics(run, 6.0, 3);
            (run.took, run.end) = (6.0, End::Exit(101));
        });
        assert_eq!(
            words,
            "it took 6.0 s instead of 9.0 s; the assertion was about the \
             original: left: 6"
        );
    }

    #[test]
    fn a_panic_is_told_with_its_own_time() {
        // In a line that the reader has written.
        let ends = words(|run| {
            panics(run, 2.0, 2);
            (run.took, run.end) = (5.0, End::Exit(101));
        });
        let said = "it panicked after 2.0 s: assertion `left == right` failed, \
                    left: 6";
        assert_eq!(ends, said);
        // One that the program outlives.
        let lives = words(|run| panics(run, 2.0, 2));
        let outlived = format!(
            "it took 9.0 s, as the original; it printed other lines; {said}"
        );
        assert_eq!(lives, outlived);
    }

    #[test]
    fn times_lines_and_their_order_are_told_apart() {
        let time = words(|run| run.took = 3.0);
        assert_eq!(
            time,
            "it took 3.0 s instead of 9.0 s; it printed the same lines"
        );
        let order = words(|run| run.lines.swap(0, 1));
        let same = "it took 9.0 s, as the original; it printed";
        assert_eq!(order, format!("{same} the same lines in another order"));
        let other = words(|run| run.lines[0].text = "Baking".to_owned());
        assert_eq!(other, format!("{same} other lines"));
        let nothing = words(|run| run.lines.clear());
        assert_eq!(nothing, format!("{same} nothing"));
    }

    #[test]
    fn ends_are_told_apart() {
        let exit = words(|run| run.end = End::Exit(3));
        assert_eq!(
            exit,
            "it ended after 9.0 s with exit 3; the original ends with exit 0"
        );
        let signal = words(|run| (run.took, run.end) = (1.0, End::Signal(11)));
        assert_eq!(
            signal,
            "it ended after 1.0 s by signal 11: it used memory that is not its \
             own"
        );
        let hang = "program x\n  0.000 | Brewing\n  3.000 = killed\n";
        let stops = words_of(hang, |run| run.end = End::Exit(0));
        assert_eq!(
            stops,
            "it ended after 3.0 s; the original would not have ended by itself"
        );
        let killed = words_of(hang, |run| run.lines.clear());
        assert_eq!(
            killed,
            "it had not ended after 3.0 s either, and was stopped; it printed \
             nothing"
        );
    }
}
