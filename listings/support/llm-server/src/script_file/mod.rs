//! A script as a TOML file says it: `model` and `failure` are its tables, `value`
//! its numbers and what is wrong with them.

mod failure;
mod model;
mod value;

use crate::script::Script;
use model::WrittenModel;
use serde::Deserialize;
use std::path::Path;
use value::{Fault, Whole};

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
pub const DEFAULT_SCRIPT: &str = include_str!("../../scripts/default.toml");

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

/// A script as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    seed: Whole,
    #[serde(default)]
    model: Vec<WrittenModel>,
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
            return Err(Fault::nowhere(
                "the script has no model: add `[[model]]` and a `name`",
            ));
        }
        Ok(script)
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
                 retry_after_s = 1, retry_after = \"soon\" }]",
                "a.toml:3:",
            ),
            (
                "fails = [{ with = \"server_error\", status = 500, \
                 attempt = 1 }]",
                "say how it fails",
            ),
            ("fails = [{ attempt = 1 }]", "a.toml:3:10: say how it fails"),
            (
                "fails = [{ status = 200, attempt = 1 }]",
                "a.toml:3:21: a failure has a status from 400 to 599",
            ),
            (
                "fails = [{ status = 529, attempt = 1, retry_after_s = -1 }]",
                "a.toml:3:55: invalid value: integer `-1`",
            ),
            (
                "fails = [{ status = 529, attempt = 1, body = \"odd\" }]",
                "unknown variant `odd`",
            ),
            (
                "says = \"a\"\nrefuses = \"b\"",
                "a.toml:4:11: a model says something or refuses to",
            ),
            (
                "tool_calls = [{ name = \"a\" }]",
                "missing field `arguments`",
            ),
            ("endless = 1", "a.toml:3:11: invalid type: integer `1`"),
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
        let example = include_str!("../../scripts/example.toml");
        names(example);
        // What an unknown field is told of is all that there is.
        let model = "[[model]]\nname = \"m\"\n";
        for table in [
            "x = 1".to_owned(),
            format!("{model}x = 1"),
            format!("{model}fails = [{{ x = 1 }}]"),
            format!("{model}slow = [{{ x = 1 }}]"),
            format!("{model}tool_calls = [{{ x = 1 }}]"),
        ] {
            let all = said(&table);
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
