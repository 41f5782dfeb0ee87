//! How a program ended, in words.

use lessons::transcript::{End, Transcript};
use runner::memory;

/// A panic, as far as the program told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Panic {
    /// When, in seconds from the start of the program.
    pub at: f64,
    /// What it said, on one line.
    pub said: String,
    /// The file, as rustc names it, and the line, where they are told.
    pub place: Option<(String, usize)>,
}

impl Panic {
    /// What it said, without the words in which each assertion fails.
    pub fn reason(&self) -> &str {
        let heads = [
            "assertion `left == right` failed",
            "assertion `left != right` failed",
            "assertion failed",
        ];
        let rest = heads.iter().find_map(|head| self.said.strip_prefix(head));
        rest.unwrap_or(&self.said)
            .trim_start_matches([':', ',', ' '])
    }
}

/// An end for people: `exit 0`, `signal 6: it aborted`.
pub fn in_words(end: End) -> String {
    match end {
        End::Signal(number) => match signal(number) {
            Some(words) => format!("{end}: {words}"),
            None => end.to_string(),
        },
        end => end.to_string(),
    }
}

/// What the signals mean that programs end by; their numbers are the same on
/// Linux and macOS but for that of a bus error.
fn signal(number: i32) -> Option<&'static str> {
    Some(match number {
        2 => "it was interrupted",
        4 => "it ran into an instruction that is none",
        6 => "it aborted",
        7 | 10 => "it used memory that is not there",
        8 => "it calculated what can't be calculated",
        9 => "it was killed from outside, perhaps for want of memory",
        11 => "it used memory that is not its own",
        13 => "nobody read what it wrote",
        15 => "it was told to end",
        _ => return None,
    })
}

/// What the runtime said of a program before that aborted, where it is more than
/// a signal.
pub fn aborted(run: &Transcript) -> Option<String> {
    if run.end != End::Signal(6) {
        return None;
    }
    let said = |words: &str| run.lines.iter().any(|it| it.text.contains(words));
    if said("memory allocation of ") {
        return Some(format!(
            "it asked for more memory than there is or than a run may have, \
             {}, and aborted",
            memory::most_in_words()
        ));
    }
    said("has overflowed its stack").then(|| {
        "it overflowed its stack: it calls itself without end, or keeps too \
         much there"
            .to_owned()
    })
}

/// The first panic that was told of.
pub fn panic(run: &Transcript) -> Option<Panic> {
    let is_head = |text: &str| {
        text.starts_with("thread '") && text.contains(" panicked at ")
    };
    let all = &run.lines;
    let place = all.iter().position(|it| is_head(it.text.trim()))?;
    let said: Vec<&str> = all[place + 1..]
        .iter()
        .take(3)
        .map(|line| line.text.trim())
        .take_while(|text| !text.starts_with("note: ") && !is_head(text))
        .collect();
    (!said.is_empty()).then(|| Panic {
        at: all[place].at,
        said: said.join(", "),
        place: where_in(&all[place].text),
    })
}

/// The place in `thread 'main' panicked at src/main.rs:3:5:`.
fn where_in(head: &str) -> Option<(String, usize)> {
    let (_, place) = head.split_once(" panicked at ")?;
    let mut parts = place.trim_end_matches(':').rsplitn(3, ':').skip(1);
    let line = parts.next()?.parse().ok()?;
    Some((parts.next()?.to_owned(), line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lessons::transcript::Line;

    fn run(lines: &[(f64, &str)], end: End) -> Transcript {
        let lines = lines.iter().map(|(at, text)| Line {
            at: *at,
            text: (*text).to_owned(),
        });
        Transcript {
            program: String::new(),
            lines: lines.collect(),
            took: 9.0,
            end,
        }
    }

    #[test]
    fn a_panic_has_its_own_time_words_and_place() {
        let seen = run(
            &[
                (0.0, "Asking"),
                (2.0, "thread 'main' panicked at src/wrong_way.rs:34:5:"),
                (2.0, "assertion `left == right` failed: three waits"),
                (2.0, "  left: 6"),
                (2.0, " right: 9"),
                (2.0, "note: run with `RUST_BACKTRACE=1`"),
            ],
            End::Exit(101),
        );
        let expected = Panic {
            at: 2.0,
            said: "assertion `left == right` failed: three waits, left: 6, \
                   right: 9"
                .to_owned(),
            place: Some(("src/wrong_way.rs".to_owned(), 34)),
        };
        assert_eq!(expected.reason(), "three waits, left: 6, right: 9");
        assert_eq!(panic(&seen), Some(expected));
        assert_eq!(panic(&run(&[(0.0, "Asking")], End::Exit(1))), None);
    }

    #[test]
    fn a_signal_is_named_in_words() {
        assert_eq!(in_words(End::Signal(6)), "signal 6: it aborted");
        let words = "signal 11: it used memory that is not its own";
        assert_eq!(in_words(End::Signal(11)), words);
        assert_eq!(in_words(End::Signal(63)), "signal 63");
        assert_eq!(in_words(End::Exit(3)), "exit 3");
    }

    #[test]
    fn a_program_that_aborts_is_told_why() {
        let said = |text| aborted(&run(&[(0.0, text)], End::Signal(6)));
        let memory = said("memory allocation of 9 bytes failed");
        assert!(memory.is_some_and(|it| it.contains("may have, 4 GiB")));
        let stack = said("thread 'main' (7) has overflowed its stack");
        assert!(stack.is_some_and(|it| it.contains("overflowed its stack")));
        assert_eq!(said("bye"), None);
    }
}
