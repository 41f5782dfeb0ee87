//! Who runs what: one run at a time for each page, and a few in all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// How many runs there may be at a time, on all pages.
pub const MOST_RUNS: usize = 4;

/// How long the end of the runs is waited for when the server ends.
const PATIENCE: Duration = Duration::from_secs(3);

/// The runs that are under way.
#[derive(Debug, Default)]
pub struct Slots {
    taken: Mutex<Taken>,
    /// Cancelled when the server ends.
    stop: CancellationToken,
    /// Knows when the last run is over.
    runs: TaskTracker,
}

#[derive(Debug, Default)]
struct Taken {
    /// The number of the last run.
    last: u64,
    /// By their numbers, each with its page.
    runs: BTreeMap<u64, (String, CancellationToken)>,
}

/// Why there is no slot for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSlot {
    /// The page has this one under way.
    Page(u64),
    /// So many are under way on all pages.
    All,
    /// The server ends.
    Closed,
}

/// The slot of one run, free again when this is dropped.
#[derive(Debug)]
pub struct Slot {
    slots: Arc<Slots>,
    /// The number of the run, by which it is stopped.
    pub run: u64,
    stop: CancellationToken,
    /// Held as long as the run is under way.
    _run: TaskTrackerToken,
}

impl Slots {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Nobody panics with it in hand.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a run of `page` its slot.
    ///
    /// # Errors
    /// If there is none.
    pub fn admit(self: &Arc<Self>, page: &str) -> Result<Slot, NoSlot> {
        let mut taken = self.taken();
        if self.stop.is_cancelled() {
            return Err(NoSlot::Closed);
        }
        let same = taken.runs.iter().find(|(_, (known, _))| known == page);
        if let Some((&run, _)) = same {
            return Err(NoSlot::Page(run));
        }
        if taken.runs.len() >= MOST_RUNS {
            return Err(NoSlot::All);
        }
        taken.last += 1;
        let run = taken.last;
        let stop = self.stop.child_token();
        taken.runs.insert(run, (page.to_owned(), stop.clone()));
        Ok(Slot {
            slots: Arc::clone(self),
            run,
            stop,
            _run: self.runs.token(),
        })
    }

    /// Stops the run of this number. Tells whether it was under way.
    pub fn stop(&self, run: u64) -> bool {
        let taken = self.taken();
        let found = taken.runs.get(&run);
        found.inspect(|(_, stop)| stop.cancel()).is_some()
    }

    /// Stops all runs, takes no more, and waits a while for their end.
    pub async fn close(&self) {
        self.stop.cancel();
        self.runs.close();
        // What has not ended by then ends with this process.
        let _ = tokio::time::timeout(PATIENCE, self.runs.wait()).await;
    }
}

impl Slot {
    /// Ends when somebody stops the run.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.taken().runs.remove(&self.run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_run_and_all_pages_have_four() {
        let slots = Arc::new(Slots::default());
        let first = slots.admit("a").expect("it is free");
        assert_eq!(slots.admit("a").err(), Some(NoSlot::Page(first.run)));
        let others = ["b", "c", "d"].map(|page| slots.admit(page));
        assert!(others.iter().all(Result::is_ok));
        assert_eq!(slots.admit("e").err(), Some(NoSlot::All));
        drop(first);
        assert!(slots.admit("a").is_ok());
    }

    #[tokio::test]
    async fn a_run_is_stopped_by_its_number() {
        let slots = Arc::new(Slots::default());
        let slot = slots.admit("a").expect("it is free");
        let other = slots.admit("b").expect("it is free");
        assert!(!slots.stop(other.run + 1));
        assert!(slots.stop(slot.run));
        slot.stopped().await;
        assert!(!other.stop.is_cancelled(), "the other goes on");
    }

    #[tokio::test(start_paused = true)]
    async fn closing_stops_all_runs_and_waits_for_their_end() {
        let slots = Arc::new(Slots::default());
        let slot = slots.admit("a").expect("it is free");
        let run = tokio::spawn(async move {
            slot.stopped().await;
            tokio::time::sleep(PATIENCE / 2).await;
        });
        slots.close().await;
        run.await.expect("it has ended");
        assert_eq!(slots.admit("b").err(), Some(NoSlot::Closed));
    }
}
