//! All that can be chosen.

use crate::budget::Quota;
use crate::call::Call;
use crate::cost::Price;
use crate::document::{Chunk, tokens};
use llm_client::{Backoff, Limits as Waits};
use std::num::NonZeroU32;
use std::sync::LazyLock;
use std::time::Duration;
use thiserror::Error;

/// What a provider lets one model have in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests.
    pub requests_per_minute: u32,
    /// Tokens, of prompts and of answers together.
    pub tokens_per_minute: u32,
}

impl Limits {
    /// The share of a limit that is used. Their clock is not ours, and a request
    /// that is long on its way is counted later than we count it.
    const SHARE: f64 = 0.95;

    /// What to ask for within a limit. As most providers count, a whole minute's
    /// worth may be had at once.
    fn quota(per_minute: u32) -> Quota {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a number is below that number"
        )]
        let share = (f64::from(per_minute) * Self::SHARE) as u32;
        let share = share.max(1);
        Quota {
            per_minute: share,
            burst: share,
        }
    }

    /// The requests to ask for.
    #[must_use]
    pub fn requests(self) -> Quota {
        Self::quota(self.requests_per_minute)
    }

    /// The tokens to ask for.
    #[must_use]
    pub fn tokens(self) -> Quota {
        Self::quota(self.tokens_per_minute)
    }
}

/// What a variable of the environment must hold and does not.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{name} is \"{value}\", and must be {must_be}")]
pub struct SettingsError {
    /// The variable.
    pub name: &'static str,
    /// What it holds.
    pub value: String,
    /// What it must hold.
    pub must_be: &'static str,
}

/// How a document is summarised.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The model that is asked first.
    pub model: String,
    /// The one that is asked when that will not answer.
    pub fallback: String,
    /// The most tokens of a chunk.
    pub chunk_tokens: usize,
    /// The most tokens of an answer.
    pub answer_tokens: u32,
    /// How many calls may be under way at once, from 1,
    pub concurrency: usize,
    /// and how many more that hedge a slow one.
    pub hedges: usize,
    /// How long a first token may take before a second call is made.
    pub hedge_after: Duration,
    /// How long an attempt may take, hedge included. One that takes longer may
    /// be on the bill: it is made once more at the most.
    pub attempt_limit: Duration,
    /// How long the client waits for what, and how much it reads.
    pub waits: Waits,
    /// How failures are met.
    pub backoff: Backoff,
    /// What the provider allows, model by model.
    pub limits: Limits,
    /// What tokens cost, if it is known.
    pub price: Option<Price>,
}

/// Looks a variable of the environment up.
type Variable<'v> = &'v dyn Fn(&str) -> Option<String>;

/// The number of a variable, from 1; `default` if it is not set.
fn number(
    variable: Variable,
    name: &'static str,
    default: u32,
) -> Result<u32, SettingsError> {
    let Some(value) = variable(name) else {
        return Ok(default);
    };
    let must_be = "a number from 1 to 4294967295";
    let number = value.trim().parse().map(NonZeroU32::get);
    number.map_err(|_| SettingsError {
        name,
        value,
        must_be,
    })
}

/// The price of a variable; `None` if it is not set.
fn dollars(
    variable: Variable,
    name: &'static str,
) -> Result<Option<f64>, SettingsError> {
    let Some(value) = variable(name) else {
        return Ok(None);
    };
    let must_be = "dollars for a million tokens, such as 0.15";
    match value.trim().parse::<f64>() {
        Ok(dollars) if dollars >= 0.0 && dollars.is_finite() => {
            Ok(Some(dollars))
        }
        _ => Err(SettingsError {
            name,
            value,
            must_be,
        }),
    }
}

impl Settings {
    /// What is asked of a chunk, above its text.
    pub const MAP: &str = "Summarise this part of a novel in one sentence.";

    /// What is asked of the summaries, above them.
    pub const REDUCE: &str = "These sentences summarise the parts of a novel, in order. Tell the \
         story so far in four sentences, each on a line of its own.";

    /// For a real provider, within the limits of a modest account.
    ///
    /// `variable` looks one of the environment up: `WORKBOOK_MODEL`,
    /// `WORKBOOK_FALLBACK_MODEL`, `WORKBOOK_ANSWER_TOKENS`,
    /// `WORKBOOK_ATTEMPT_SECONDS`, `WORKBOOK_RPM`, `WORKBOOK_TPM`,
    /// `WORKBOOK_PRICE_IN` and `WORKBOOK_PRICE_OUT` are known.
    ///
    /// # Errors
    /// If a limit is no number, or none that anybody can keep.
    pub fn from(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SettingsError> {
        let name = |key, default: &str| {
            let named = variable(key).map(|name| name.trim().to_owned());
            let named = named.filter(|name| !name.is_empty());
            named.unwrap_or_else(|| default.to_owned())
        };
        let model = name("WORKBOOK_MODEL", "gpt-4o-mini");
        let input = dollars(&variable, "WORKBOOK_PRICE_IN")?;
        let output = dollars(&variable, "WORKBOOK_PRICE_OUT")?;
        let price = input.zip(output);
        let modest = Self::modest();
        let attempt = number(&variable, "WORKBOOK_ATTEMPT_SECONDS", 120)?;
        let attempt = Duration::from_secs(attempt.into());
        Ok(Self {
            fallback: name("WORKBOOK_FALLBACK_MODEL", &model),
            model,
            answer_tokens: number(
                &variable,
                "WORKBOOK_ANSWER_TOKENS",
                modest.answer_tokens,
            )?,
            attempt_limit: attempt,
            // A model that thinks is silent, and may be for all that time.
            waits: Waits {
                first: attempt,
                total: modest.waits.total.max(attempt),
                ..modest.waits
            },
            limits: Limits {
                requests_per_minute: number(&variable, "WORKBOOK_RPM", 500)?,
                tokens_per_minute: number(&variable, "WORKBOOK_TPM", 200_000)?,
            },
            price: price.map(|(input, output)| Price { input, output }),
            ..modest
        })
    }

    fn modest() -> Self {
        Self {
            model: String::new(),
            fallback: String::new(),
            chunk_tokens: 2000,
            // Models that think spend tokens on it before they write.
            answer_tokens: 1000,
            concurrency: 4,
            hedges: 1,
            hedge_after: Duration::from_secs(20),
            attempt_limit: Duration::from_mins(2),
            // A summary is short. Several calls are under way at once, so what
            // a server gone mad can fill is several times this.
            waits: Waits {
                event_bytes: 1 << 20,
                text_bytes: 1 << 20,
                body_bytes: 16 << 20,
                ..Waits::default()
            },
            backoff: Backoff {
                attempts: 5,
                base: Duration::from_secs(1),
                cap: Duration::from_secs(30),
                patience: Duration::from_mins(2),
            },
            limits: Limits {
                requests_per_minute: 1,
                tokens_per_minute: 1,
            },
            price: None,
        }
    }

    /// The question about a chunk, to the model of choice. The tokens of its
    /// text were counted when it was cut.
    #[must_use]
    pub fn about(&self, chunk: &Chunk) -> Call {
        static QUESTION: LazyLock<usize> =
            LazyLock::new(|| tokens(&format!("{}\n\n", Settings::MAP)));
        let prompt = format!("{}\n\n{}", Self::MAP, chunk.text);
        self.ask(prompt, *QUESTION + chunk.tokens)
    }

    /// The question about all summaries, to the model of choice.
    #[must_use]
    pub fn about_all(&self, summaries: &[&str]) -> Call {
        let prompt = format!("{}\n\n{}", Self::REDUCE, summaries.join("\n"));
        let tokens = tokens(&prompt);
        self.ask(prompt, tokens)
    }

    fn ask(&self, prompt: String, tokens: usize) -> Call {
        let tokens = u32::try_from(tokens).unwrap_or(u32::MAX);
        Call {
            model: self.model.clone(),
            prompt,
            answer_tokens: self.answer_tokens,
            cost: tokens.saturating_add(self.answer_tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_chooses_models_and_limits() {
        let settings = Settings::from(|name| match name {
            "WORKBOOK_MODEL" => Some("llama".to_owned()),
            "WORKBOOK_RPM" => Some("30".to_owned()),
            _ => None,
        });
        let settings = settings.expect("a number");
        assert_eq!(settings.model, "llama");
        assert_eq!(settings.fallback, "llama");
        assert_eq!(settings.limits.requests_per_minute, 30);
        assert_eq!(settings.limits.tokens_per_minute, 200_000);
    }

    #[test]
    fn a_limit_that_is_no_number_is_told() {
        for value in ["many", "0", "-1", "6e4"] {
            let tokens =
                |name: &str| (name == "WORKBOOK_TPM").then(|| value.to_owned());
            let error = Settings::from(tokens).expect_err(value);
            let said = error.to_string();
            assert!(
                said.starts_with(&format!("WORKBOOK_TPM is \"{value}\", "))
            );
        }
    }

    #[test]
    fn a_price_is_told_for_both_or_for_none() {
        let of = |input: &'static str, output: Option<&'static str>| {
            Settings::from(|name| match name {
                "WORKBOOK_PRICE_IN" => Some(input.to_owned()),
                "WORKBOOK_PRICE_OUT" => output.map(str::to_owned),
                _ => None,
            })
        };
        let price = of("0.15", Some("0.6")).expect("two numbers").price;
        let (input, output) = (0.15, 0.6);
        assert_eq!(price, Some(Price { input, output }));
        assert_eq!(of("0.15", None).expect("one number").price, None);
        let error = of("cheap", None).expect_err("no number").to_string();
        assert!(
            error.starts_with("WORKBOOK_PRICE_IN is \"cheap\""),
            "{error}"
        );
    }

    #[test]
    fn the_cost_of_a_call_is_its_prompt_and_all_that_it_may_answer() {
        let settings = Settings::from(|_| None).expect("the defaults");
        let chunk = &crate::document::cut("One.\n\nTwo.\n", 40)[0];
        let call = settings.about(chunk);
        let counted = tokens(&call.prompt);
        let counted = u32::try_from(counted).expect("few") + 1000;
        assert!((counted..=counted + 2).contains(&call.cost), "{counted}");
    }

    #[test]
    fn some_of_each_limit_is_left_alone() {
        let limits = Limits {
            requests_per_minute: 60,
            tokens_per_minute: 32_000,
        };
        assert_eq!(limits.requests().per_minute, 57);
        assert_eq!(limits.tokens().burst, 30_400);
    }

    #[test]
    fn a_model_that_thinks_can_have_more_time_and_more_tokens() {
        let settings = Settings::from(|name| match name {
            "WORKBOOK_ANSWER_TOKENS" => Some("16000".to_owned()),
            "WORKBOOK_ATTEMPT_SECONDS" => Some("900".to_owned()),
            _ => None,
        });
        let settings = settings.expect("two numbers");
        assert_eq!(settings.answer_tokens, 16_000);
        let limit = Duration::from_mins(15);
        assert_eq!(settings.attempt_limit, limit);
        assert_eq!(
            (settings.waits.first, settings.waits.total),
            (limit, limit)
        );
        assert_eq!(settings.waits.idle, Waits::default().idle);
    }

    /// As an editor on Windows or a shell leaves it.
    #[test]
    fn blanks_around_a_name_are_no_part_of_it() {
        let named = Settings::from(|name| match name {
            "WORKBOOK_MODEL" => Some(" llama \r".to_owned()),
            "WORKBOOK_FALLBACK_MODEL" => Some(" ".to_owned()),
            _ => None,
        });
        let named = named.expect("no number");
        assert_eq!((&*named.model, &*named.fallback), ("llama", "llama"));
    }
}
