//! Who runs what: on each page as many runs at a time as the lesson has ways, so
//! that these can be raced, and a few in all.

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
    /// By their numbers.
    runs: BTreeMap<u64, Run>,
}

/// A run that is under way.
#[derive(Debug)]
struct Run {
    page: String,
    listing: String,
    stop: CancellationToken,
}

/// Why there is no slot for a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoSlot {
    /// The page has this listing under way.
    Page(String),
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

    /// Gives a run of `listing` its slot, on a page that may have `most` at a
    /// time, each of another listing.
    ///
    /// # Errors
    /// If there is none.
    pub fn admit(
        self: &Arc<Self>,
        page: &str,
        listing: &str,
        most: usize,
    ) -> Result<Slot, NoSlot> {
        let mut taken = self.taken();
        if self.stop.is_cancelled() {
            return Err(NoSlot::Closed);
        }
        if let Some(other) = taken.in_its_way(page, listing, most) {
            return Err(NoSlot::Page(other));
        }
        if taken.runs.len() >= MOST_RUNS {
            return Err(NoSlot::All);
        }
        taken.last += 1;
        let run = taken.last;
        let stop = self.stop.child_token();
        taken.runs.insert(
            run,
            Run {
                page: page.to_owned(),
                listing: listing.to_owned(),
                stop: stop.clone(),
            },
        );
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
        found.inspect(|run| run.stop.cancel()).is_some()
    }

    /// Stops all runs, takes no more, and waits a while for their end.
    pub async fn close(&self) {
        self.stop.cancel();
        self.runs.close();
        // What has not ended by then ends with this process.
        let _ = tokio::time::timeout(PATIENCE, self.runs.wait()).await;
    }
}

impl Taken {
    /// The listing whose run has to end before `page` may have one of `listing`:
    /// that listing's own, else the page's first, if it has `most`.
    fn in_its_way(
        &self,
        page: &str,
        listing: &str,
        most: usize,
    ) -> Option<String> {
        let of_page = self.runs.values().filter(|run| run.page == page);
        let all: Vec<&str> = of_page.map(|run| &*run.listing).collect();
        let same = all.iter().find(|other| **other == listing);
        let full = all.first().filter(|_| all.len() >= most);
        same.or(full).map(|other| (*other).to_owned())
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
    fn a_page_has_a_run_for_each_way_and_all_pages_have_four() {
        let slots = Arc::new(Slots::default());
        let page = |name: &str| Some(NoSlot::Page(name.to_owned()));
        let wrong = slots.admit("a", "tea/wrong", 2).expect("it is free");
        // Each listing once.
        assert_eq!(slots.admit("a", "tea/wrong", 2).err(), page("tea/wrong"));
        // Of a lesson with one way, and then with two.
        assert_eq!(slots.admit("a", "cake", 1).err(), page("tea/wrong"));
        let right = slots.admit("a", "tea/right", 2).expect("there is room");
        assert_eq!(slots.admit("a", "cake", 2).err(), page("tea/wrong"));
        drop(wrong);
        assert_eq!(slots.admit("a", "cake", 1).err(), page("tea/right"));
        let others = ["b", "c", "d"].map(|page| slots.admit(page, "x", 1));
        assert!(others.iter().all(Result::is_ok));
        assert_eq!(slots.admit("e", "x", 1).err(), Some(NoSlot::All));
        drop(right);
        assert!(slots.admit("e", "x", 1).is_ok());
    }

    #[tokio::test]
    async fn a_run_is_stopped_by_its_number() {
        let slots = Arc::new(Slots::default());
        let slot = slots.admit("a", "x", 1).expect("it is free");
        let other = slots.admit("b", "x", 1).expect("it is free");
        assert!(!slots.stop(other.run + 1));
        assert!(slots.stop(slot.run));
        slot.stopped().await;
        assert!(!other.stop.is_cancelled(), "the other goes on");
    }

    #[tokio::test(start_paused = true)]
    async fn closing_stops_all_runs_and_waits_for_their_end() {
        let slots = Arc::new(Slots::default());
        let slot = slots.admit("a", "x", 1).expect("it is free");
        let run = tokio::spawn(async move {
            slot.stopped().await;
            tokio::time::sleep(PATIENCE / 2).await;
        });
        slots.close().await;
        run.await.expect("it has ended");
        assert_eq!(slots.admit("b", "x", 1).err(), Some(NoSlot::Closed));
    }
}
