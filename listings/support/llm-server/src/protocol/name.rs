//! What a model is called.

use crate::hash::fnv1a;
use std::sync::Arc;

/// What a model is called: one, shared by all its answers.
#[derive(Debug)]
pub(crate) struct Name {
    pub(crate) model: String,
    /// By what a provider names the state of its machines: the same model, the
    /// same fingerprint.
    pub(crate) fingerprint: String,
}

impl Name {
    /// That of the model of this name.
    pub(crate) fn of(model: &str) -> Arc<Self> {
        let hash = fnv1a(model.as_bytes()) >> 24;
        Arc::new(Self {
            model: model.to_owned(),
            fingerprint: format!("fp_{hash:010x}"),
        })
    }
}
