//! The failures of a model, as a script writes them.

use super::value::{Fault, Seconds, Whole};
use crate::model::Which;
use crate::protocol::{ErrorBody, RetryAfter};
use crate::refusal::{Failure, Refusal};
use serde::Deserialize;
use std::time::Duration;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenFailure {
    attempt: Option<Spanned<Whole>>,
    request: Option<Spanned<Whole>>,
    with: Option<Spanned<WrittenKind>>,
    status: Option<Spanned<Whole>>,
    message: Option<String>,
    retry_after_s: Option<Spanned<Seconds>>,
    retry_after_date_s: Option<Spanned<Whole>>,
    retry_after: Option<Spanned<String>>,
    retry_after_ms: Option<Whole>,
    #[serde(default)]
    body: ErrorBody,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenSlow {
    attempt: Option<Spanned<Whole>>,
    request: Option<Spanned<Whole>>,
    first_token_ms: Spanned<Whole>,
}

impl WrittenFailure {
    /// Which requests fail, and with what.
    pub(super) fn failure(
        failure: Spanned<Self>,
    ) -> Result<(Which, Refusal), Fault> {
        let place = Spanned::new(failure.span(), ());
        let written = failure.into_inner();
        let mut refusal = Refusal::from(written.kind(&place)?);
        for wait in written.waits()? {
            refusal = refusal.retry_after(wait);
        }
        if let Some(message) = written.message {
            refusal = refusal.message(message);
        }
        let which = which(written.attempt, written.request, &place)?;
        Ok((which, refusal.body(written.body)))
    }

    fn kind(&self, place: &Spanned<()>) -> Result<Failure, Fault> {
        match (&self.with, &self.status) {
            (Some(kind), None) => Ok(kind.get_ref().failure()),
            (None, Some(status)) => match u16::try_from(status.get_ref().0) {
                Ok(known @ 400..600) => Ok(Failure::Status(known)),
                _ => Err(Fault::new(
                    status,
                    "a failure has a status from 400 to 599",
                )),
            },
            _ => Err(Fault::new(
                place,
                "say how it fails: `with = \"server_error\"` or `status = \
                 529`, not both",
            )),
        }
    }

    /// The ways in which it says when to come back. Two headers can be told:
    /// `Retry-After` once, and `retry-after-ms`.
    fn waits(&self) -> Result<Vec<RetryAfter>, Fault> {
        let seconds = self.retry_after_s.as_ref().map(|wait| {
            let told = match *wait.get_ref() {
                Seconds::Whole(wait) => RetryAfter::Seconds(wait),
                Seconds::Fraction(wait) => RetryAfter::Fraction(wait),
            };
            Spanned::new(wait.span(), told)
        });
        let date = self.retry_after_date_s.as_ref().map(|wait| {
            let told = RetryAfter::Date(wait.get_ref().secs());
            Spanned::new(wait.span(), told)
        });
        let text = self.retry_after.as_ref().map(|text| {
            let told = RetryAfter::Text(text.get_ref().clone());
            Spanned::new(text.span(), told)
        });
        let told: Vec<_> =
            [seconds, date, text].into_iter().flatten().collect();
        if let Some(second) = told.get(1) {
            return Err(Fault::new(
                second,
                "`Retry-After` says one thing: keep one of retry_after_s, \
                 retry_after_date_s and retry_after",
            ));
        }
        let millis = self
            .retry_after_ms
            .map(|ms| RetryAfter::Millis(ms.millis()));
        let told = told.into_iter().map(Spanned::into_inner);
        Ok(told.chain(millis).collect())
    }
}

impl WrittenKind {
    fn failure(self) -> Failure {
        match self {
            Self::RateLimited => Failure::RateLimited(None),
            Self::InsufficientQuota => Failure::InsufficientQuota,
            Self::ServerError => Failure::ServerError,
            Self::Overloaded => Failure::Overloaded(None),
            Self::Unauthorized => Failure::Unauthorized,
            Self::ContextTooLong => Failure::ContextTooLong,
        }
    }
}

impl WrittenSlow {
    /// Which requests are slow, and how long their first token takes.
    pub(super) fn slow(self) -> Result<(Which, Duration), Fault> {
        let at = self.first_token_ms;
        let which = which(self.attempt, self.request, &at)?;
        Ok((which, at.into_inner().millis()))
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
