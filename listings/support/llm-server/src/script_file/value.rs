//! The numbers of a script, and what is wrong with them.

use serde::Deserialize;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use std::fmt;
use std::time::Duration;
use toml::Spanned;

/// A number in a script: whole, and not negative.
#[derive(Default, Clone, Copy, PartialEq)]
pub(super) struct Whole(pub(super) u32);

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
    pub(super) fn millis(self) -> Duration {
        Duration::from_millis(u64::from(self.0))
    }

    pub(super) fn secs(self) -> Duration {
        Duration::from_secs(u64::from(self.0))
    }

    pub(super) fn size(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A duration in seconds: a whole number of them, or a fraction.
#[derive(Clone, Copy)]
pub(super) enum Seconds {
    Whole(Duration),
    Fraction(Duration),
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl Visitor<'_> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seconds from 0 to {}", u32::MAX)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Seconds, E> {
        let Whole(seconds) = WholeVisitor.visit_i64(number)?;
        Ok(Seconds::Whole(Duration::from_secs(seconds.into())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Seconds, E> {
        let known = Duration::try_from_secs_f64(number).ok();
        known
            .filter(|wait| u32::try_from(wait.as_secs()).is_ok())
            .map(Seconds::Fraction)
            .ok_or_else(|| E::invalid_value(Unexpected::Float(number), &self))
    }
}

/// An error that knows its place.
pub(super) struct Fault(toml::de::Error, Option<std::ops::Range<usize>>);

impl Fault {
    /// What is wrong at this place, and what to do.
    pub(super) fn new<T>(at: &Spanned<T>, cause: impl fmt::Display) -> Self {
        Self(toml::de::Error::custom(cause), Some(at.span()))
    }

    /// What is wrong with the whole.
    pub(super) fn nowhere(cause: &str) -> Self {
        Self(toml::de::Error::custom(cause), None)
    }

    pub(super) fn span(&self) -> Option<std::ops::Range<usize>> {
        self.1.clone()
    }

    pub(super) fn message(&self) -> &str {
        self.0.message()
    }
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Self {
        let span = error.span();
        Self(error, span)
    }
}

/// A limit, which may be left out, but not be zero.
pub(super) fn some(
    limit: Option<Spanned<Whole>>,
) -> Result<Option<u32>, Fault> {
    match limit {
        Some(zero) if zero.get_ref().0 == 0 => Err(Fault::new(
            &zero,
            "0 would let nothing through: leave it out for no limit",
        )),
        other => Ok(other.map(|limit| limit.into_inner().0)),
    }
}
