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
    // ANCHOR: signals
    /// Begins to listen. What is under way at the first signal has so long to
    /// end. `farewell` is called before the second one ends the process.
    ///
    /// From here on Ctrl-C does nothing by itself: tokio has taken it over for
    /// the life of the process. So the second one has to end it here.
    #[must_use]
    pub fn on_signals(
        grace: Duration,
        farewell: impl FnOnce() + Send + 'static,
    ) -> Self {
        let shutdown = Self::default();
        let this = shutdown.clone();
        tokio::spawn(async move {
            let Some(mut signals) = Signals::listen() else {
                return; // not to be had here: the program runs to its end
            };
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
            // What was saved is whole: a line was written, or it was not.
            std::process::exit(code(second).into());
        });
        shutdown
    }
    // ANCHOR_END: signals

    /// How a shell counts a program that a signal ended: 128 and its number.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        code(self.signal.load(Ordering::Relaxed))
    }
}

fn code(signal: u8) -> u8 {
    128 + if signal == 0 { SIGINT } else { signal }
}

/// Ctrl-C, and where there is one, the signal by which a supervisor ends a
/// program.
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
