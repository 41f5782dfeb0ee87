//! A script as a TOML file says it.

use crate::embedding::DIMENSIONS;
use crate::model::{Failure, Malformed, Model, Which};
use crate::script::Script;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use std::fmt;
use std::path::Path;
use std::time::Duration;
use toml::Spanned;

/// Why a script can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// The file can't be read.
    #[error("can't read {file}: {cause}")]
    Unreadable {
        /// Its path.
        file: String,
        /// Why.
        cause: std::io::Error,
    },
    /// It says something that no script can say.
    #[error("{file}:{line}:{column}: {cause}")]
    Faulty {
        /// Its path.
        file: String,
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in characters.
        column: usize,
        /// What is wrong, and what to do.
        cause: String,
    },
}

/// The script of a server that was given none: two models, `small` and `large`,
/// that say their prompt back.
pub const DEFAULT_SCRIPT: &str = include_str!("../scripts/default.toml");

impl Script {
    /// The script that a file holds.
    ///
    /// # Errors
    /// If it can't be read, or says what no script can say.
    pub fn read(path: &Path) -> Result<Self, ScriptError> {
        let file = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text, &file),
            Err(cause) => Err(ScriptError::Unreadable { file, cause }),
        }
    }

    /// The script that this TOML text says; `file` is what errors call it.
    ///
    /// # Errors
    /// If it says what no script can say.
    pub fn parse(text: &str, file: &str) -> Result<Self, ScriptError> {
        Written::parse(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = &text[..start.min(text.len())];
            let line = before.rsplit('\n').next().unwrap_or_default();
            ScriptError::Faulty {
                file: file.to_owned(),
                line: before.matches('\n').count() + 1,
                column: line.chars().count() + 1,
                cause: error.message().to_owned(),
            }
        })
    }
}

/// A number in a script: whole, and not negative.
#[derive(Default, Clone, Copy, PartialEq)]
struct Whole(u32);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_u32(WholeVisitor)
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 0 to {}", u32::MAX)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
        u32::try_from(number)
            .map(Whole)
            .map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
        u32::try_from(number)
            .map(Whole)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }
}

impl Whole {
    fn millis(self) -> Duration {
        Duration::from_millis(u64::from(self.0))
    }

    fn secs(self) -> Duration {
        Duration::from_secs(u64::from(self.0))
    }

    fn size(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A script as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    seed: Whole,
    #[serde(default)]
    model: Vec<WrittenModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenModel {
    name: Spanned<String>,
    says: Option<String>,
    #[serde(default)]
    first_token_ms: Whole,
    #[serde(default)]
    between_tokens_ms: Whole,
    #[serde(default)]
    jitter_ms: Whole,
    #[serde(default)]
    fails: Vec<WrittenFailure>,
    #[serde(default)]
    slow: Vec<WrittenSlow>,
    concurrency: Option<Spanned<Whole>>,
    requests_per_minute: Option<Spanned<Whole>>,
    tokens_per_minute: Option<Spanned<Whole>>,
    context_tokens: Option<Spanned<Whole>>,
    dimensions: Option<Spanned<Whole>>,
    stalls_after: Option<Whole>,
    hangs_up_after: Option<Whole>,
    #[serde(default)]
    malformed: Vec<Malformed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFailure {
    attempt: Option<Spanned<Whole>>,
    request: Option<Spanned<Whole>>,
    with: Spanned<WrittenKind>,
    retry_after_s: Option<Spanned<Whole>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSlow {
    attempt: Option<Spanned<Whole>>,
    request: Option<Spanned<Whole>>,
    first_token_ms: Spanned<Whole>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum WrittenKind {
    RateLimited,
    InsufficientQuota,
    ServerError,
    Overloaded,
    Unauthorized,
    ContextTooLong,
}

/// An error that knows its place.
struct Fault(toml::de::Error, Option<std::ops::Range<usize>>);

impl Fault {
    fn new<T>(at: &Spanned<T>, cause: impl fmt::Display) -> Self {
        Self(toml::de::Error::custom(cause), Some(at.span()))
    }

    fn span(&self) -> Option<std::ops::Range<usize>> {
        self.1.clone()
    }

    fn message(&self) -> &str {
        self.0.message()
    }
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Self {
        let span = error.span();
        Self(error, span)
    }
}

impl Written {
    fn parse(text: &str) -> Result<Script, Fault> {
        let written: Self = toml::from_str(text)?;
        let mut script = Script::new().seed(written.seed.0.into());
        for model in written.model {
            let name = model.name.get_ref();
            if name.trim().is_empty() {
                return Err(Fault::new(&model.name, "a model needs a name"));
            }
            if script.models.iter().any(|other| other.name == *name) {
                return Err(Fault::new(
                    &model.name,
                    format_args!("there are two models `{name}`: rename one"),
                ));
            }
            script = script.model(model.model()?);
        }
        if script.models.is_empty() {
            return Err(Fault(
                toml::de::Error::custom(
                    "the script has no model: add `[[model]]` and a `name`",
                ),
                None,
            ));
        }
        Ok(script)
    }
}

impl WrittenModel {
    fn model(self) -> Result<Model, Fault> {
        let mut model = Model::new(self.name.into_inner())
            .first_token(self.first_token_ms.millis())
            .between_tokens(self.between_tokens_ms.millis())
            .jitter(self.jitter_ms.millis());
        if let Some(text) = self.says {
            model = model.says(text);
        }
        model.concurrency = some(self.concurrency)?;
        model.requests_per_minute =
            some(self.requests_per_minute)?.map(u64::from);
        model.tokens_per_minute = some(self.tokens_per_minute)?.map(u64::from);
        if let Some(tokens) = some(self.context_tokens)? {
            model.context_tokens = u64::from(tokens);
        }
        if let Some(given) = self.dimensions {
            model.dimensions = dimensions(&given)?;
        }
        model.stalls_after = self.stalls_after.map(Whole::size);
        model.hangs_up_after = self.hangs_up_after.map(Whole::size);
        model.malformed = self.malformed.into_iter().collect();
        for failure in self.fails {
            let kind = failure.kind()?;
            let which = which(failure.attempt, failure.request, &failure.with)?;
            model.failures.push((which, kind));
        }
        for slow in self.slow {
            let at = slow.first_token_ms;
            let which = which(slow.attempt, slow.request, &at)?;
            model.slow.push((which, at.into_inner().millis()));
        }
        Ok(model)
    }
}

impl WrittenFailure {
    fn kind(&self) -> Result<Failure, Fault> {
        let wait = self
            .retry_after_s
            .as_ref()
            .map(|wait| wait.get_ref().secs());
        let kind = match *self.with.get_ref() {
            WrittenKind::RateLimited => return Ok(Failure::RateLimited(wait)),
            WrittenKind::Overloaded => return Ok(Failure::Overloaded(wait)),
            WrittenKind::InsufficientQuota => Failure::InsufficientQuota,
            WrittenKind::ServerError => Failure::ServerError,
            WrittenKind::Unauthorized => Failure::Unauthorized,
            WrittenKind::ContextTooLong => Failure::ContextTooLong,
        };
        match &self.retry_after_s {
            None => Ok(kind),
            Some(wait) => Err(Fault::new(
                wait,
                "only rate_limited and overloaded have a retry_after_s: \
                 leave it out",
            )),
        }
    }
}

/// A limit, which may be left out, but not be zero.
fn some(limit: Option<Spanned<Whole>>) -> Result<Option<u32>, Fault> {
    match limit {
        Some(zero) if zero.get_ref().0 == 0 => Err(Fault::new(
            &zero,
            "0 would let nothing through: leave it out for no limit",
        )),
        other => Ok(other.map(|limit| limit.into_inner().0)),
    }
}

fn dimensions(given: &Spanned<Whole>) -> Result<usize, Fault> {
    match given.get_ref().size() {
        n @ 1..=DIMENSIONS => Ok(n),
        n => Err(Fault::new(
            given,
            format_args!("from 1 to {DIMENSIONS} dimensions: not {n}"),
        )),
    }
}

fn which<T>(
    attempt: Option<Spanned<Whole>>,
    request: Option<Spanned<Whole>>,
    at: &Spanned<T>,
) -> Result<Which, Fault> {
    let counted = |number: Spanned<Whole>| match number.get_ref().0 {
        0 => Err(Fault::new(&number, "counted from 1: the first is 1")),
        n => Ok(u64::from(n)),
    };
    match (attempt, request) {
        (Some(n), None) => counted(n).map(Which::Attempt),
        (None, Some(n)) => counted(n).map(Which::Request),
        _ => Err(Fault::new(
            at,
            "say which: `attempt = 1` (the first with the same messages) or \
             `request = 1` (the first to the model), not both",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        let error = Script::parse(text, "a.toml").expect_err("it is faulty");
        error.to_string()
    }

    #[test]
    fn what_is_wrong_with_a_script_is_said_with_line_and_column() {
        for (text, words) in [
            ("", "a.toml:1:1: the script has no model"),
            ("seed = -1", "a.toml:1:8: "),
            ("sed = 1", "a.toml:1:1: unknown field `sed`, expected"),
            (
                "[[model]]\nname = \" \"",
                "a.toml:2:8: a model needs a name",
            ),
            (
                "[[model]]\nname = \"m\"\n[[model]]\nname = \"m\"",
                "a.toml:4:8: there are two models `m`",
            ),
            ("[[model]]\nsays = \"a\"", "missing field `name`"),
        ] {
            assert!(said(text).contains(words), "{text}: {}", said(text));
        }
    }

    #[test]
    fn what_is_wrong_with_a_model_is_said_with_line_and_column() {
        for (line, words) in [
            (
                "first_token_ms = -5",
                "a.toml:3:18: invalid value: integer `-5`, expected a whole \
                 number from 0 to",
            ),
            (
                "first_token_ms = \"5\"",
                "a.toml:3:18: invalid type: string \"5\", expected a whole",
            ),
            (
                "jitter_ms = 0.5",
                "a.toml:3:13: invalid type: floating point",
            ),
            ("stalls_after = 4294967296", "expected a whole number"),
            ("dimensions = 0", "a.toml:3:14: from 1 to 4096 dimensions"),
            ("first_tokn_ms = 5", "a.toml:3:1: unknown field"),
            (
                "concurrency = 0",
                "a.toml:3:15: 0 would let nothing through",
            ),
            ("malformed = [\"crlf\", \"odd\"]", "unknown variant `odd`"),
            ("fails = [{ with = \"ill\", attempt = 1 }]", "variant `ill`"),
            ("fails = [{ with = \"overloaded\" }]", "say which"),
            (
                "fails = [{ with = \"overloaded\", attempt = 0 }]",
                "counted from 1",
            ),
            (
                "fails = [{ with = \"server_error\", attempt = 1, \
                 retry_after_s = 1 }]",
                "leave it out",
            ),
            ("says = \"open", "a.toml:3:"),
        ] {
            let text = format!("[[model]]\nname = \"m\"\n{line}\n");
            assert!(said(&text).contains(words), "{line}: {}", said(&text));
        }
    }

    #[test]
    fn the_scripts_that_ship_are_sound_and_the_example_has_every_key() {
        let names = |text: &str| -> Vec<String> {
            let script = Script::parse(text, "a.toml").expect("it is sound");
            script.names().map(str::to_owned).collect()
        };
        assert_eq!(names(DEFAULT_SCRIPT), ["small", "large"]);
        let example = include_str!("../scripts/example.toml");
        names(example);
        // What an unknown field is told of is all that there is.
        for table in ["[[model]]\nname = \"m\"\nx = 1", "x = 1"] {
            let all = said(table);
            let (_, all) = all.split_once("expected").expect("a list");
            let keys = all.split('`').skip(1).step_by(2);
            for key in keys.filter(|key| *key != "model") {
                assert!(example.contains(&format!("{key} =")), "{key}");
            }
        }
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let error = Script::read(Path::new("no/such.toml")).expect_err("none");
        assert!(error.to_string().contains("can't read no/such.toml"));
    }
}
