//! Ctrl-C: once to stop, twice to leave.

use std::time::Duration;
use tokio::signal::ctrl_c;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How a shell counts a program that Ctrl-C ended: 128 and the signal's number.
pub const INTERRUPTED: u8 = 130;

/// The two steps of an orderly end.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// Begin nothing new.
    pub stop: CancellationToken,
    /// Drop what is still under way.
    pub abandon: CancellationToken,
}

impl Shutdown {
    // ANCHOR: ctrl_c
    /// Begins to listen. What is under way at the first Ctrl-C has so long to
    /// end.
    ///
    /// From here on Ctrl-C does nothing by itself: tokio has taken it over for
    /// the life of the process. So the second one has to end it here.
    #[must_use]
    pub fn on_ctrl_c(grace: Duration) -> Self {
        let shutdown = Self::default();
        let Self { stop, abandon } = shutdown.clone();
        tokio::spawn(async move {
            if ctrl_c().await.is_err() {
                // Not to be had here: the program runs to its end.
                return;
            }
            stop.cancel();
            tokio::select! {
                () = sleep(grace) => abandon.cancel(),
                _ = ctrl_c() => leave(),
            }
            let _ = ctrl_c().await;
            leave();
        });
        shutdown
    }
    // ANCHOR_END: ctrl_c
}

/// Ends at once. What was saved is whole: a save is one rename.
fn leave() -> ! {
    std::process::exit(INTERRUPTED.into())
}
