//! What a server does, model by model.

use crate::model::Model;
use std::fmt;

/// What a server does, model by model. The same script and the same requests
/// give the same answers, jitter included.
#[derive(Debug, Clone, Default)]
pub struct Script {
    pub(crate) seed: u64,
    pub(crate) api_key: Option<Secret>,
    pub(crate) models: Vec<Model>,
}

/// A key that is not printed.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[REDACTED]")
    }
}

impl Script {
    /// A script without a model.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the jitter begins.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Adds a model. One of the same name is replaced.
    #[must_use]
    pub fn model(mut self, model: Model) -> Self {
        self.models.retain(|other| other.name != model.name);
        self.models.push(model);
        self
    }

    /// The names of its models, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(|model| model.name.as_str())
    }

    /// Asks for this key, as `Authorization: Bearer KEY`; without it, any
    /// request is let in.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(Secret(key.into()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_printed() {
        let script = Script::new().api_key("sk-secret");
        assert!(!format!("{script:?}").contains("sk-secret"));
    }
}
