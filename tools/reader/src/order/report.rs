//! What a test program prints, read.

use crate::order::ending;
use crate::order::event::{Event, TestResult};
use lessons::claim::Claim;
use lessons::transcript::{End, Line};
use regex::Regex;
use std::sync::LazyLock;

static TEST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^test (\S+)(?: - should panic)? \.\.\. (ok|FAILED|ignored)\b")
        .expect("a valid pattern")
});

fn result(line: &str) -> Option<(&str, TestResult)> {
    let found = TEST.captures(line)?;
    let result = match &found[2] {
        "ok" => TestResult::Pass,
        "FAILED" => TestResult::Fail,
        _ => TestResult::Ignored,
    };
    Some((found.get(1)?.as_str(), result))
}

/// The end of a test, if `line` tells one.
pub fn test(line: &str, claims: &[Claim]) -> Option<Event> {
    let (name, result) = result(line)?;
    let claim = claims.iter().find(|claim| claim.test == name);
    Some(Event::Test {
        name: name.to_owned(),
        says: claim.map_or_else(|| name.to_owned(), |it| it.says.clone()),
        result,
    })
}

/// Why the tests failed: each prints that below a line of its name.
pub fn failures(lines: &[Line]) -> Vec<Event> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut inside = false;
    for text in lines.iter().map(|line| line.text.as_str()) {
        let head = text.strip_prefix("---- ");
        if let Some(name) = head.and_then(|it| it.strip_suffix(" stdout ----"))
        {
            found.push((name.to_owned(), String::new()));
            inside = true;
        } else if text == "failures:" {
            inside = false;
        } else if inside && let Some((_, why)) = found.last_mut() {
            why.push_str(text);
            why.push('\n');
        }
    }
    let failure = |(name, why): (String, String)| Event::Failure {
        name,
        why: why.trim().to_owned(),
    };
    found.into_iter().map(failure).collect()
}

/// How many tests ended how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    /// Of all that a test program printed.
    pub fn of(lines: &[Line]) -> Self {
        let mut tally = Self::default();
        for line in lines {
            match result(&line.text) {
                Some((_, TestResult::Pass)) => tally.passed += 1,
                Some((_, TestResult::Fail)) => tally.failed += 1,
                _ => {}
            }
        }
        tally
    }

    /// Whether all passed, and the program says so too.
    pub fn all_pass(self, end: End) -> bool {
        self.failed == 0 && self.passed > 0 && end == End::Exit(0)
    }

    /// For people.
    pub fn in_words(self, end: End) -> String {
        let all = self.passed + self.failed;
        let how = ending::in_words(end);
        let tests = if all == 1 { "test" } else { "tests" };
        if self.all_pass(end) {
            return match all {
                1 => "its test passes".to_owned(),
                all => format!("all {all} tests pass"),
            };
        }
        match self.failed {
            0 if all == 0 => format!("no test ended ({how})"),
            0 => format!("{all} {tests} passed, then it broke off ({how})"),
            failed => format!("{failed} of {all} {tests} failed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
running 2 tests
test tests::it_panics - should panic ... ok
test tests::it_takes_four_seconds ... FAILED

failures:

---- tests::it_takes_four_seconds stdout ----

thread 'x' panicked at a.rs:1:2:
left: 6s

failures:
    tests::it_takes_four_seconds

test result: FAILED. 1 passed; 1 failed
";

    fn lines() -> Vec<Line> {
        let line = |text: &str| Line {
            at: 0.0,
            text: text.to_owned(),
        };
        TEXT.lines().map(line).collect()
    }

    #[test]
    fn a_test_is_told_with_its_claim() {
        let claim = Claim {
            test: "tests::it_panics".to_owned(),
            says: "It panics.".to_owned(),
            exact: Vec::new(),
            exact_s: None,
            clock: lessons::claim::Clock::Real,
        };
        let told = test(&lines()[1].text, std::slice::from_ref(&claim));
        let expected = Event::Test {
            name: claim.test,
            says: claim.says,
            result: TestResult::Pass,
        };
        assert_eq!(told, Some(expected));
        assert_eq!(test("running 2 tests", &[]), None);
    }

    #[test]
    fn a_failure_is_told_with_what_it_printed() {
        let expected = Event::Failure {
            name: "tests::it_takes_four_seconds".to_owned(),
            why: "thread 'x' panicked at a.rs:1:2:\nleft: 6s".to_owned(),
        };
        assert_eq!(failures(&lines()), [expected]);
    }

    #[test]
    fn tests_are_summed_up_in_words() {
        let tally = Tally::of(&lines());
        assert_eq!(tally.in_words(End::Exit(101)), "1 of 2 tests failed");
        let good = Tally {
            passed: 2,
            failed: 0,
        };
        assert_eq!(good.in_words(End::Exit(0)), "all 2 tests pass");
        assert!(!good.all_pass(End::Signal(6)));
        let words = good.in_words(End::Signal(6));
        assert_eq!(
            words,
            "2 tests passed, then it broke off (signal 6: it aborted)"
        );
    }
}
