//! Who runs what: one run at a time for each page, and a few in all.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How many runs there may be at a time, on all pages.
pub const MOST_RUNS: usize = 4;

/// How long the end of the runs is waited for when the server ends.
const PATIENCE: Duration = Duration::from_secs(3);

/// The runs that are under way.
#[derive(Debug, Default)]
pub struct Desk {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    closed: bool,
    runs: BTreeMap<u64, Run>,
}

#[derive(Debug)]
struct Run {
    page: String,
    stop: Option<oneshot::Sender<()>>,
}

/// Why there is no place for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The page has this one under way.
    Page(u64),
    /// So many are under way on all pages.
    Desk,
    /// The server ends.
    Closed,
}

/// The place of one run, free again when this is dropped.
#[derive(Debug)]
pub struct Place {
    desk: Arc<Desk>,
    /// The number of the run, by which it is stopped.
    pub run: u64,
    stop: oneshot::Receiver<()>,
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nobody panics with it in hand.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a run of `page` its place.
    ///
    /// # Errors
    /// If there is none.
    pub fn admit(self: &Arc<Self>, page: &str) -> Result<Place, Full> {
        let mut state = self.state();
        if state.closed {
            return Err(Full::Closed);
        }
        let same = state.runs.iter().find(|(_, run)| run.page == page);
        if let Some((&run, _)) = same {
            return Err(Full::Page(run));
        }
        if state.runs.len() >= MOST_RUNS {
            return Err(Full::Desk);
        }
        state.last += 1;
        let run = state.last;
        let (sender, stop) = oneshot::channel();
        let page = page.to_owned();
        let stop_it = Some(sender);
        state.runs.insert(
            run,
            Run {
                page,
                stop: stop_it,
            },
        );
        Ok(Place {
            desk: Arc::clone(self),
            run,
            stop,
        })
    }

    /// Stops the run of this number. Tells whether it was under way.
    pub fn stop(&self, run: u64) -> bool {
        let mut state = self.state();
        let Some(run) = state.runs.get_mut(&run) else {
            return false;
        };
        if let Some(stop) = run.stop.take() {
            // It may be ending by itself.
            let _ = stop.send(());
        }
        true
    }

    /// Stops all runs, takes no more, and waits for their end.
    pub async fn close(&self) {
        let all: Vec<u64> = {
            let mut state = self.state();
            state.closed = true;
            state.runs.keys().copied().collect()
        };
        for run in all {
            self.stop(run);
        }
        let start = Instant::now();
        while !self.state().runs.is_empty() && start.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Place {
    /// Ends when somebody stops the run.
    pub async fn stopped(&mut self) {
        if (&mut self.stop).await.is_err() {
            // The desk keeps the other end as long as this place is taken, or
            // has used it: then this was asked twice.
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.desk.state().runs.remove(&self.run);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_run_and_all_pages_have_four() {
        let desk = Arc::new(Desk::default());
        let first = desk.admit("a").expect("it is free");
        assert_eq!(desk.admit("a").err(), Some(Full::Page(first.run)));
        let others = ["b", "c", "d"].map(|page| desk.admit(page));
        assert!(others.iter().all(Result::is_ok));
        assert_eq!(desk.admit("e").err(), Some(Full::Desk));
        drop(first);
        assert!(desk.admit("a").is_ok());
    }

    #[tokio::test]
    async fn a_run_is_stopped_by_its_number() {
        let desk = Arc::new(Desk::default());
        let mut place = desk.admit("a").expect("it is free");
        assert!(!desk.stop(place.run + 1));
        assert!(desk.stop(place.run));
        place.stopped().await;
        desk.state().closed = true;
        assert_eq!(desk.admit("b").err(), Some(Full::Closed));
    }
}
