//! How late a busy machine is: what it does to a sleeping program it does to a
//! sleeper beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// On a quiet machine no sleeper wakes later than this, in seconds.
pub const QUIET: f64 = 0.005;

/// How long a sleeper sleeps at a time.
const NAP: Duration = Duration::from_millis(10);

/// A thread that sleeps again and again, and keeps its worst lateness.
#[derive(Debug)]
pub struct Sleeper {
    awake: Arc<AtomicBool>,
    thread: JoinHandle<f64>,
}

impl Sleeper {
    /// Falls asleep.
    #[must_use]
    pub fn start() -> Self {
        let awake = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&awake);
        let thread = thread::spawn(move || {
            let mut worst = 0.0_f64;
            while !stop.load(Ordering::Relaxed) {
                let start = Instant::now();
                thread::sleep(NAP);
                let late = start.elapsed().saturating_sub(NAP);
                worst = worst.max(late.as_secs_f64());
            }
            worst
        });
        Self { awake, thread }
    }

    /// Its worst lateness until now, in seconds on the real clock.
    #[must_use]
    pub fn wake(self) -> f64 {
        self.awake.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or(f64::INFINITY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleeper_tells_its_lateness() {
        let sleeper = Sleeper::start();
        thread::sleep(2 * NAP);
        let late = sleeper.wake();
        assert!(late > 0.0 && late < 60.0, "{late}");
    }
}
