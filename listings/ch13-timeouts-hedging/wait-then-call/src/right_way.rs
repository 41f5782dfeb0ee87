//! A limit on the wait, then the call: `cargo run --bin wait-then-call-right-way`
use futures::future::join_all;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cell::Cell;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout, timeout_at};

#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
enum Unserved {
    #[error("too many are waiting")]
    Busy,
    #[error("the call was longer than what was left")]
    TooSlow,
}

const REQUESTS: u32 = 3000;
/// Ten calls at once, of a second each on average: that is ten a second.
const PERMITS: usize = 10;
const SHORTEST_CALL: Duration = Duration::from_millis(500);
const LONGEST_CALL: Duration = Duration::from_millis(1500);
/// What each caller was promised.
const PROMISED: Duration = Duration::from_secs(5);
/// A permit that comes within this leaves time for any call.
const QUEUEING: Duration = PROMISED.saturating_sub(LONGEST_CALL);

struct Provider {
    permits: Semaphore,
    started: Cell<usize>,
}

impl Provider {
    fn new() -> Self {
        Self {
            permits: Semaphore::new(PERMITS),
            started: Cell::default(),
        }
    }

    /// A call is paid for from its beginning.
    async fn chat(&self, takes: Duration) {
        self.started.update(|calls| calls + 1);
        sleep(takes).await;
    }
}

async fn serve(
    provider: &Provider,
    takes: Duration,
    queueing: Duration,
) -> Result<(), Unserved> {
    let deadline = Instant::now() + PROMISED;
    // A limit of its own for the wait, which costs nothing.
    let permit = timeout(queueing, provider.permits.acquire()).await;
    let permit = permit.map_err(|_| Unserved::Busy)?;
    let _permit = permit.expect("it is never closed");
    // What is left of the promise is the call's.
    let answer = timeout_at(deadline, provider.chat(takes)).await;
    answer.map_err(|_| Unserved::TooSlow)
}

/// So many requests a second: how many are answered, how many cancelled.
async fn rush(per_second: u32, queueing: Duration) -> (usize, usize) {
    let provider = Provider::new();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let requests = (0..REQUESTS).map(|number| {
        let comes = Duration::from_secs(1) * number / per_second;
        let more = Duration::from_millis(rng.random_range(0..=1000));
        let takes = SHORTEST_CALL + more;
        let provider = &provider;
        async move {
            sleep(comes).await;
            serve(provider, takes, queueing).await
        }
    });
    let served = join_all(requests).await;
    let answered = served.into_iter().flatten().count();
    (answered, provider.started.get() - answered)
}

// The clock is paused: minutes of load pass in an instant.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let rushes = [
        (12, rush(12, QUEUEING).await),
        (20, rush(20, QUEUEING).await),
    ];
    for (per_second, (answered, cancelled)) in rushes {
        println!("{answered} answered at {per_second} a second");
        println!("{cancelled} cancelled at {per_second} a second");
        assert_eq!(cancelled, 0, "what is begun is answered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing is cancelled, and all that ten permits can do is done.
    #[tokio::test(start_paused = true)]
    async fn what_is_begun_is_answered() {
        assert_eq!(rush(10, QUEUEING).await, (3000, 0));
        assert_eq!(rush(12, QUEUEING).await, (2532, 0));
        assert_eq!(rush(15, QUEUEING).await, (2041, 0));
        assert_eq!(rush(20, QUEUEING).await, (1536, 0));
    }

    /// A queue of half a second answers nearly as many, and turns the others
    /// away seven times as soon.
    #[tokio::test(start_paused = true)]
    async fn a_short_queue_answers_nearly_as_many() {
        let short = Duration::from_millis(500);
        assert_eq!(rush(12, short).await, (2513, 0));
        assert_eq!(rush(20, short).await, (1502, 0));
    }

    /// Who can't be served hears so before the time that was promised.
    #[tokio::test(start_paused = true)]
    async fn a_busy_provider_says_so_early() {
        let provider = Provider::new();
        let permits = u32::try_from(PERMITS).expect("it is ten");
        let _all = provider.permits.acquire_many(permits).await;
        for ms in [3500, 500] {
            let (start, queueing) = (Instant::now(), Duration::from_millis(ms));
            let served = serve(&provider, SHORTEST_CALL, queueing).await;
            assert_eq!(served, Err(Unserved::Busy));
            assert_eq!(start.elapsed(), queueing);
        }
        assert_eq!(QUEUEING, Duration::from_millis(3500));
    }

    /// A call that is longer than what is left is cut off by the deadline.
    #[tokio::test(start_paused = true)]
    async fn the_deadline_holds_for_a_call_that_is_too_long() {
        let (provider, start) = (Provider::new(), Instant::now());
        let served = serve(&provider, LONGEST_CALL * 10, QUEUEING).await;
        assert_eq!(served, Err(Unserved::TooSlow));
        assert_eq!(start.elapsed(), PROMISED);
    }
}
