//! A hedge for everybody: `cargo run --bin hedge-delay-wrong-way`
use futures::future::{join_all, select};
use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const CALLS: u32 = 100;
const CENTS_PER_REQUEST: u32 = 2;
/// Sooner is better, one would think.
const HEDGE_AFTER: Duration = Duration::from_millis(500);

#[derive(Default)]
struct Provider {
    requests: Cell<u32>,
    answers: Cell<u32>,
}

impl Provider {
    /// Each twentieth call lands on a machine that is stuck, its hedge not.
    async fn chat(&self, call: u32, hedge: bool) {
        self.requests.update(|requests| requests + 1);
        let stuck = call.is_multiple_of(20) && !hedge;
        sleep(Duration::from_secs(if stuck { 10 } else { 1 })).await;
        self.answers.update(|answers| answers + 1);
    }
}

async fn hedged(provider: &Provider, call: u32) {
    let mut first = pin!(provider.chat(call, false));
    if timeout(HEDGE_AFTER, &mut first).await.is_err() {
        select(first, pin!(provider.chat(call, true))).await;
    }
}

async fn batch(provider: &Provider) -> Duration {
    let start = Instant::now();
    join_all((1..=CALLS).map(|call| hedged(provider, call))).await;
    start.elapsed()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let provider = Provider::default();
    let took = batch(&provider).await.as_secs_f64();
    let (requests, answers) = (provider.requests.get(), provider.answers.get());
    println!("{answers} answers, {} aborted", requests - answers);
    println!(
        "{requests} requests, {} cents",
        requests * CENTS_PER_REQUEST
    );
    assert!(took >= 1.5, "the delay, then the answer");
    assert_eq!(requests, 200, "each call was made twice");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hedged after half a second: done at 1.5 s, with 200 requests.
    #[tokio::test(start_paused = true)]
    async fn every_call_is_made_twice() {
        let provider = Provider::default();
        assert_eq!(batch(&provider).await, Duration::from_millis(1500));
        assert_eq!(provider.requests.get(), 200);
        assert_eq!(provider.answers.get(), 100);
    }
}
