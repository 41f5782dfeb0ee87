//! A hedge for the slowest: `cargo run --bin hedge-delay-right-way`
use futures::future::{join_all, select};
use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const CALLS: u32 = 100;
const CENTS_PER_REQUEST: u32 = 2;
/// How many of a batch's calls may be made twice.
const BUDGET: u32 = 10;

#[derive(Default)]
struct Provider {
    requests: Cell<u32>,
    answers: Cell<u32>,
    all_stuck: bool,
}

impl Provider {
    /// Each twentieth call lands on a machine that is stuck, its hedge not.
    async fn chat(&self, call: u32, hedge: bool) {
        self.requests.update(|requests| requests + 1);
        let stuck = call.is_multiple_of(20) && !hedge || self.all_stuck;
        sleep(Duration::from_secs(if stuck { 10 } else { 1 })).await;
        self.answers.update(|answers| answers + 1);
    }
}

/// What your log has of a hundred calls that were not hedged.
fn yesterday() -> Vec<Duration> {
    let seconds = [[1; 19].as_slice(), &[10]].concat().repeat(5);
    seconds.into_iter().map(Duration::from_secs).collect()
}

/// The time in which 95 of 100 calls were answered.
fn p95(mut latencies: Vec<Duration>) -> Duration {
    latencies.sort_unstable();
    latencies[latencies.len() * 95 / 100 - 1]
}

/// How long each call took, if it may be hedged after `delay`.
async fn batch(provider: &Provider, delay: Duration) -> Vec<Duration> {
    let budget = Cell::new(BUDGET);
    let hedged = async |call| {
        let start = Instant::now();
        let mut first = pin!(provider.chat(call, false));
        if timeout(delay, &mut first).await.is_ok() {
            return start.elapsed();
        }
        // If everything is slow, twice as many requests make it slower.
        if let Some(left) = budget.get().checked_sub(1) {
            budget.set(left);
            select(first, pin!(provider.chat(call, true))).await;
        } else {
            first.await;
        }
        start.elapsed()
    };
    join_all((1..=CALLS).map(hedged)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let provider = Provider::default();
    let delay = p95(yesterday()) * 11 / 10;
    println!("Hedging after {} ms", delay.as_millis());
    let took = batch(&provider, delay).await.into_iter().max();
    let (requests, answers) = (provider.requests.get(), provider.answers.get());
    println!("{answers} answers, {} aborted", requests - answers);
    println!(
        "{requests} requests, {} cents",
        requests * CENTS_PER_REQUEST
    );
    assert_eq!(took.map(|took| took.as_secs()), Some(2), "not ten");
    assert_eq!(requests, 105, "the slowest were made twice");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hedged a tenth after the p95: done at 2.1 s, with 105 requests.
    #[tokio::test(start_paused = true)]
    async fn the_slowest_are_made_twice() {
        let delay = p95(yesterday()) * 11 / 10;
        assert_eq!(delay, Duration::from_millis(1100));
        let provider = Provider::default();
        let took = batch(&provider, delay).await.into_iter().max();
        assert_eq!(took, Some(Duration::from_millis(2100)));
        assert_eq!(provider.requests.get(), 105);
    }

    /// If all are slow, ten are made twice and not a hundred.
    #[tokio::test(start_paused = true)]
    async fn the_budget_holds_when_all_are_slow() {
        let provider = Provider {
            all_stuck: true,
            ..Default::default()
        };
        batch(&provider, Duration::from_millis(1100)).await;
        assert_eq!(provider.requests.get(), 110);
    }
}
