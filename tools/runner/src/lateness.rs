//! How late a busy machine is: what it does to a sleeping program it does to a
//! sleeper beside it.

use std::convert::Infallible;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// On a quiet machine no sleeper wakes later than this, in seconds.
pub const QUIET: f64 = 0.005;

/// How often a run is tried beside a sleeper that is late.
pub const TRIES: usize = 5;

/// Whether to try once more: a run that is late beside a sleeper that is late,
/// too, says more of the machine than of the program. On a quiet machine the
/// first run counts.
#[must_use]
pub fn once_more(tried: usize, lateness: f64) -> bool {
    lateness > QUIET && tried < TRIES
}

/// How long to wait before a run that was late is tried again, for the `tried`th
/// time: what kept the machine busy may be over then.
#[must_use]
pub fn respite(tried: usize) -> Duration {
    RESPITE * u32::try_from(tried).unwrap_or(u32::MAX)
}

/// The first such wait.
const RESPITE: Duration = Duration::from_secs(1);

/// How long a sleeper sleeps at a time.
const NAP: Duration = Duration::from_millis(10);

/// A thread that sleeps again and again, and keeps its worst lateness. It ends
/// when this is dropped.
#[derive(Debug)]
pub struct Sleeper {
    bell: Sender<Infallible>,
    thread: JoinHandle<f64>,
}

impl Sleeper {
    /// Falls asleep.
    #[must_use]
    pub fn start() -> Self {
        let (bell, silence) = mpsc::channel();
        let thread = thread::spawn(move || sleep(&silence));
        Self { bell, thread }
    }

    /// Its worst lateness until now, in seconds on the real clock; 0 if it
    /// did not sleep once.
    #[must_use]
    pub fn wake(self) -> f64 {
        drop(self.bell);
        self.thread.join().unwrap_or(f64::INFINITY)
    }
}

/// Sleeps until nobody holds the bell any more.
fn sleep(silence: &Receiver<Infallible>) -> f64 {
    let mut worst = 0.0_f64;
    loop {
        let start = Instant::now();
        let heard = silence.recv_timeout(NAP);
        let late = start.elapsed().saturating_sub(NAP);
        worst = worst.max(late.as_secs_f64());
        if heard != Err(RecvTimeoutError::Timeout) {
            return worst;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds, after having slept at least once.
    fn slept() -> f64 {
        let sleeper = Sleeper::start();
        thread::sleep(2 * NAP);
        sleeper.wake()
    }

    #[test]
    fn only_a_late_machine_is_given_another_try() {
        assert!(!once_more(1, QUIET));
        assert!(once_more(1, 2.0 * QUIET));
        assert!(!once_more(TRIES, 2.0 * QUIET));
    }

    #[test]
    fn a_sleeper_tells_its_lateness() {
        // On a busy machine it may not even have fallen asleep.
        let mut naps = std::iter::repeat_with(slept).take(1000);
        let late = naps.find(|late| *late > 0.0);
        assert!(late.is_some_and(|late| late < 60.0), "{late:?}");
    }

    #[test]
    fn a_sleeper_wakes_at_once() {
        let start = Instant::now();
        for _ in 0..100 {
            let _ = Sleeper::start().wake();
        }
        // A hundred naps would take a second.
        assert!(start.elapsed() < 100 * NAP, "{:?}", start.elapsed());
    }
}
