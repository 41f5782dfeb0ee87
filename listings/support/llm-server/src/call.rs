//! A call while it is being answered.

use crate::seen::End;
use crate::state::{Shared, State};
use std::sync::Arc;

/// A call that is being answered. Dropped before its end, at whatever await, it
/// is one whose client went away.
#[derive(Debug)]
pub(crate) struct Call {
    shared: Arc<Shared>,
    place: usize,
    end: End,
}

impl Call {
    /// A call to the model at this place of the script, counted in `state`.
    pub(crate) fn begin(
        shared: &Arc<Shared>,
        state: &mut State,
        place: usize,
        prompt_tokens: u64,
    ) -> Self {
        state.loads[place].begin();
        state.seen.begin(prompt_tokens);
        Self {
            shared: Arc::clone(shared),
            place,
            end: End::Aborted,
        }
    }

    /// The seed of the script.
    pub(crate) fn seed(&self) -> u64 {
        self.shared.script.seed
    }

    /// Counts tokens that were sent.
    pub(crate) fn sent_tokens(&self, count: u64) {
        self.shared.lock().seen.completion_tokens += count;
    }

    /// All of its answer was made: it ends when this is dropped, with the last
    /// byte.
    pub(crate) fn complete(&mut self) {
        self.end = End::Completed;
    }

    /// The server breaks its answer off, as its script says.
    pub(crate) fn break_off(mut self) {
        self.end = End::HungUp;
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.loads[self.place].end();
        state.seen.end(self.end);
    }
}
