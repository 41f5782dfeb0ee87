//! A model, as a script writes it.

use super::failure::{WrittenFailure, WrittenSlow};
use super::value::{Fault, Whole, some};
use crate::embedding::DIMENSIONS;
use crate::model::{Malformed, Model};
use crate::turn::Turn;
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenModel {
    pub(super) name: Spanned<String>,
    says: Option<String>,
    refuses: Option<Spanned<String>>,
    #[serde(default)]
    tool_calls: Vec<WrittenCall>,
    finish_reason: Option<String>,
    #[serde(default)]
    first_token_ms: Whole,
    #[serde(default)]
    between_tokens_ms: Whole,
    #[serde(default)]
    jitter_ms: Whole,
    #[serde(default)]
    fails: Vec<Spanned<WrittenFailure>>,
    #[serde(default)]
    slow: Vec<WrittenSlow>,
    concurrency: Option<Spanned<Whole>>,
    requests_per_minute: Option<Spanned<Whole>>,
    tokens_per_minute: Option<Spanned<Whole>>,
    context_tokens: Option<Spanned<Whole>>,
    dimensions: Option<Spanned<Whole>>,
    stalls_after: Option<Whole>,
    hangs_up_after: Option<Whole>,
    errors_after: Option<Whole>,
    #[serde(default)]
    endless: bool,
    #[serde(default)]
    malformed: Vec<Malformed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCall {
    name: String,
    /// JSON, as a text: a model may get it wrong.
    arguments: String,
}

impl WrittenModel {
    pub(super) fn model(mut self) -> Result<Model, Fault> {
        let turn = self.turn()?;
        let mut model = Model::new(self.name.into_inner())
            .turn(turn)
            .first_token(self.first_token_ms.millis())
            .between_tokens(self.between_tokens_ms.millis())
            .jitter(self.jitter_ms.millis());
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
        model.errors_after = self.errors_after.map(Whole::size);
        model.endless = self.endless;
        model.malformed = self.malformed.into_iter().collect();
        for failure in self.fails {
            model.failures.push(WrittenFailure::failure(failure)?);
        }
        for slow in self.slow {
            model.slow.push(slow.slow()?);
        }
        Ok(model)
    }

    /// What it does in each turn.
    fn turn(&mut self) -> Result<Turn, Fault> {
        let mut turn = match (self.says.take(), self.refuses.take()) {
            (None, None) => Turn::default(),
            (Some(text), None) => Turn::says(text),
            (None, Some(words)) => Turn::refuses(words.into_inner()),
            (Some(_), Some(words)) => {
                return Err(Fault::new(
                    &words,
                    "a model says something or refuses to: keep one of `says` \
                     and `refuses`",
                ));
            }
        };
        for call in self.tool_calls.drain(..) {
            turn = turn.and_calls(call.name, call.arguments);
        }
        if let Some(reason) = self.finish_reason.take() {
            turn = turn.finish_reason(reason);
        }
        Ok(turn)
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
