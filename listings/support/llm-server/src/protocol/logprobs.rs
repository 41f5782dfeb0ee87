//! How likely each token of an answer was, as a model would tell it. Nothing is
//! drawn by lot here, so the numbers are made of a hash: always the same.

use crate::hash::fnv1a;
use serde::Serialize;

/// What a choice tells of the tokens of its content.
#[derive(Debug, Serialize)]
pub(crate) struct LogProbs {
    content: Vec<LogProb>,
    refusal: (),
}

/// A token, how likely it was, and what else might have come.
#[derive(Debug, Serialize)]
pub(crate) struct LogProb {
    #[serde(flatten)]
    token: Likely,
    top_logprobs: Vec<Likely>,
}

#[derive(Debug, Clone, Serialize)]
struct Likely {
    token: String,
    /// The natural logarithm of its probability.
    logprob: f64,
    bytes: Vec<u8>,
}

impl Likely {
    fn new(token: String, logprob: f64) -> Self {
        Self {
            bytes: token.as_bytes().to_vec(),
            token,
            logprob,
        }
    }
}

impl LogProb {
    /// That of a token, beside the `top` likeliest, of which it is the first.
    pub(crate) fn of(token: &str, top: usize) -> Self {
        // Between 0 and -0.5: it was the likeliest by far.
        let hash = u32::try_from(fnv1a(token.as_bytes()) % 500).unwrap_or(0);
        let said = Likely::new(token.to_owned(), -f64::from(hash) / 1000.0);
        let others = (1..top).map(|rank| {
            let rank = u32::try_from(rank).unwrap_or(u32::MAX);
            let logprob = said.logprob - 2.0 - f64::from(rank);
            Likely::new(format!("{token}~{rank}"), logprob)
        });
        let first = (top > 0).then(|| said.clone());
        Self {
            top_logprobs: first.into_iter().chain(others).collect(),
            token: said,
        }
    }
}

impl LogProbs {
    /// Those of these tokens.
    pub(crate) fn of<'a>(
        tokens: impl IntoIterator<Item = &'a str>,
        top: usize,
    ) -> Self {
        Self {
            content: tokens
                .into_iter()
                .map(|token| LogProb::of(token, top))
                .collect(),
            refusal: (),
        }
    }
}
