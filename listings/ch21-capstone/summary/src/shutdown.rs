//! Ctrl-C, or SIGTERM: once to stop, twice to leave.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The numbers of the signals, as POSIX has them.
const SIGINT: u8 = 2;
const SIGTERM: u8 = 15;

/// The two steps of an orderly end.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// Begin nothing new.
    pub stop: CancellationToken,
    /// Drop what is still under way.
    pub abandon: CancellationToken,
    signal: Arc<AtomicU8>,
}

impl Shutdown {
    /// Begins to listen. `grace` is how long what is under way at the first
    /// signal may still take. `farewell` is called before the second signal ends
    /// the process.
    ///
    /// From here on Ctrl-C does nothing by itself: tokio has taken it over for
    /// the life of the process. So the second one has to end it here.
    #[must_use]
    // ANCHOR: signals
    pub fn on_signals(
        grace: Duration,
        farewell: impl FnOnce() + Send + 'static,
    ) -> Self {
        let shutdown = Self::default();
        let this = shutdown.clone();
        // Before the task runs: a signal may come at any moment.
        let Some(mut signals) = Signals::listen() else {
            return shutdown; // no signals here: the program runs to its end
        };
        tokio::spawn(async move {
            this.signal.store(signals.next().await, Ordering::Relaxed);
            this.stop.cancel();
            let second = tokio::select! {
                () = sleep(grace) => {
                    this.abandon.cancel();
                    signals.next().await
                }
                second = signals.next() => second,
            };
            farewell();
            // Safe at any moment: a line that is cut short is asked again.
            std::process::exit(code(second).into());
        });
        shutdown
    }
    // ANCHOR_END: signals

    /// One that hears of these steps, and whose own steps are its own.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            stop: self.stop.child_token(),
            abandon: self.abandon.child_token(),
            signal: Arc::clone(&self.signal),
        }
    }

    /// How a shell counts a program that a signal ended: 128 and its number.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        code(self.signal.load(Ordering::Relaxed))
    }
}

fn code(signal: u8) -> u8 {
    128 + if signal == 0 { SIGINT } else { signal }
}

/// Ctrl-C and, on Unix, the signal by which a supervisor ends a program.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Some(Self {
            terminate: signal(SignalKind::terminate()).ok()?,
            interrupt: signal(SignalKind::interrupt()).ok()?,
        })
    }

    /// The number of the next one.
    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => SIGINT,
            _ = self.terminate.recv() => SIGTERM,
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn listen() -> Option<Self> {
        Some(Self {})
    }

    async fn next(&mut self) -> u8 {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        SIGINT
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use nix::sys::signal::{Signal, raise};

    /// The task that waits for signals has not run by then.
    #[tokio::test]
    async fn a_signal_is_heard_from_the_first_moment_on() {
        let grace = Duration::from_mins(1);
        let shutdown = Shutdown::on_signals(grace, || ());
        raise(Signal::SIGTERM).expect("it is sent");
        shutdown.stop.cancelled().await;
        assert_eq!(shutdown.exit_code(), 143);
    }

    #[test]
    fn what_a_child_stops_goes_on_for_its_parent() {
        let parent = Shutdown::default();
        let child = parent.child();
        child.stop.cancel();
        assert!(!parent.stop.is_cancelled());
        parent.abandon.cancel();
        assert!(child.abandon.is_cancelled());
    }
}
