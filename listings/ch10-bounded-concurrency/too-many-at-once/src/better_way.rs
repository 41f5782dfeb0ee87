//! A stream, three at once: `cargo run --bin too-many-at-once-better-way`
use futures::stream::{self, StreamExt};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("429 Too Many Requests")]
struct TooManyRequests;

/// Stands for a provider that answers three requests at once.
#[derive(Default)]
struct Server {
    requests: AtomicUsize,
    open: AtomicUsize,
}

/// A request in the server's hands. Dropped early or late, it is counted out.
struct Open<'a>(&'a AtomicUsize);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

impl Server {
    async fn complete(&self, prompt: u64) -> Result<u64, TooManyRequests> {
        println!("prompt {prompt} sent");
        self.requests.fetch_add(1, Relaxed);
        let others = self.open.fetch_add(1, Relaxed);
        let _open = Open(&self.open);
        if others >= 3 {
            println!("prompt {prompt} got 429");
            return Err(TooManyRequests);
        }
        // 1.2, 1.35 or 1.5 s, so that no two answers come at once.
        sleep(Duration::from_millis(1200 + 150 * (prompt % 3))).await;
        println!("prompt {prompt} answered");
        Ok(prompt)
    }
}

/// Not zero: a stream that holds no future never ends.
const AT_ONCE: NonZeroUsize = NonZeroUsize::new(3).expect("three");

/// They come in the order of their ends, so each brings its prompt along.
type Completion = (u64, Result<u64, TooManyRequests>);

async fn complete_all(server: &Server) -> Vec<Completion> {
    // A call is made when there is room for it; until then it is no future.
    stream::iter(0..12)
        .map(async |prompt| (prompt, server.complete(prompt).await))
        .buffer_unordered(AT_ONCE.get())
        .collect()
        .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (start, server) = (Instant::now(), Server::default());
    let results = complete_all(&server).await;
    let refused = results.iter().filter(|(_, call)| call.is_err()).count();
    let requests = server.requests.into_inner();
    println!("{requests} requests, {refused} refused");
    assert_eq!((requests, refused), (12, 0), "nobody asks in vain");
    assert_eq!(start.elapsed().as_secs(), 6, "four rounds of three");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve calls, three at once, take four rounds and no refusal.
    #[tokio::test(start_paused = true)]
    async fn twelve_calls_take_six_seconds_and_none_is_refused() {
        let (start, server) = (Instant::now(), Server::default());
        let mut results = complete_all(&server).await;
        results.sort_unstable_by_key(|(prompt, _)| *prompt);
        assert!(results.into_iter().eq((0..12).map(|n| (n, Ok(n)))));
        assert_eq!(server.requests.into_inner(), 12);
        assert_eq!(start.elapsed(), Duration::from_secs(6));
    }

    /// `buffer_unordered(0)` makes no future, and so it never ends.
    #[tokio::test(start_paused = true)]
    async fn a_buffer_of_zero_never_ends() {
        let server = Server::default();
        let mut calls = stream::iter(0..12)
            .map(|prompt| server.complete(prompt))
            .buffer_unordered(0);
        let day = Duration::from_hours(24);
        let next = tokio::time::timeout(day, calls.next()).await;
        assert!(next.is_err() && server.requests.load(Relaxed) == 0);
    }

    /// `for_each_concurrent(0, …)` has no bound: nine of twelve are refused.
    #[tokio::test(start_paused = true)]
    async fn for_each_concurrent_of_zero_has_no_bound() {
        let (server, refused) = (Server::default(), AtomicUsize::new(0));
        stream::iter(0..12)
            .for_each_concurrent(0, async |prompt| {
                let answer = server.complete(prompt).await;
                refused.fetch_add(answer.is_err().into(), Relaxed);
            })
            .await;
        assert_eq!(refused.into_inner(), 9);
    }
}
