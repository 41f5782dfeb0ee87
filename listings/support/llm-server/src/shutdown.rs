//! Whether the server is to end.

use std::future::pending;
use tokio::sync::watch;

/// Whether the server is to end, for those who have to know.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shutdown(Option<watch::Receiver<bool>>);

impl Shutdown {
    /// One that begins when this is sent `true`, or its sender is dropped.
    pub(crate) fn when(end: watch::Receiver<bool>) -> Self {
        Self(Some(end))
    }

    /// Whether it has begun.
    pub(crate) fn has_begun(&self) -> bool {
        let end = self.0.as_ref();
        end.is_some_and(|end| !matches!(end.has_changed(), Ok(false)))
    }

    /// Waits until it begins; for ever, where there is nothing to end.
    pub(crate) async fn begun(&mut self) {
        match &mut self.0 {
            Some(end) => {
                let _ = end.wait_for(|end| *end).await;
            }
            None => pending().await,
        }
    }
}
