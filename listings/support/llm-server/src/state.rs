//! What all clones of a server share.

use crate::load::Load;
use crate::protocol::Name;
use crate::script::Script;
use crate::seen::{Entry, Seen};
use http::StatusCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::Instant;

/// What all clones of a server share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) script: Script,
    pub(crate) start: Instant,
    /// What each model is called, in the order of the script.
    pub(crate) names: Vec<Arc<Name>>,
    state: Mutex<State>,
}

/// What changes as requests come: what the server saw, and how busy its models
/// are, under one lock, so that both are true at the same time.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) seen: Seen,
    /// One for each model of the script, in its order.
    pub(crate) loads: Vec<Load>,
}

impl Shared {
    /// The server's clock starts, and all buckets are full.
    pub(crate) fn new(script: Script) -> Self {
        let start = Instant::now();
        let loads = script.models.iter().map(|model| Load::new(model, start));
        let names = script.models.iter().map(|model| Name::of(&model.name));
        let names = names.collect();
        let state = State {
            seen: Seen::default(),
            loads: loads.collect(),
        };
        Self {
            names,
            state: Mutex::new(state),
            script,
            start,
        }
    }

    /// The state. Nothing awaits while it is locked, and a panic elsewhere
    /// leaves counts that are still counts.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down a request that never got as far as to a model.
    pub(crate) fn note_refused(&self, model: &str, status: StatusCode) {
        let at = self.start.elapsed();
        self.lock().seen.note(Entry {
            at,
            model: model.to_owned(),
            attempt: 0,
            status: status.as_u16(),
        });
    }
}
