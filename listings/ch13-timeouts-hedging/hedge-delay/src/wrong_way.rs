//! Hedged by whole calls: `cargo run --bin hedge-delay-wrong-way`
use futures::future::{join_all, select};
use std::cell::RefCell;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const CALLS: u32 = 100;
const TOKEN: Duration = Duration::from_millis(10);
/// Fewer calls than this say nothing about the slowest twentieth.
const ENOUGH: usize = 100;

/// Four of a hundred calls land on a machine that is stuck.
fn is_stuck(call: u32) -> bool {
    call.is_multiple_of(25)
}

/// Ten of a hundred questions have long answers.
fn tokens(call: u32) -> u32 {
    if call % 10 == 3 { 350 + call } else { 40 }
}

#[derive(Default)]
struct Provider {
    hedged: RefCell<Vec<u32>>,
}

impl Provider {
    /// Until the whole answer is there: nobody looks at its first token.
    async fn chat(&self, call: u32, hedge: bool) {
        if hedge {
            self.hedged.borrow_mut().push(call);
        }
        let stuck = is_stuck(call) && !hedge;
        let first_token = if stuck { 2000 } else { 300 + call };
        sleep(Duration::from_millis(first_token.into())).await;
        sleep(TOKEN * tokens(call)).await;
    }
}

/// The time that 95 of 100 measured ones did not exceed.
fn p95(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    let rank = (times.len() * 95).div_ceil(100);
    (times.len() >= ENOUGH).then(|| times[rank - 1])
}

/// How long each call took, if it may be hedged after `delay`.
async fn batch(provider: &Provider, delay: Duration) -> Vec<Duration> {
    let ask = async |call| {
        let start = Instant::now();
        let mut first = pin!(provider.chat(call, false));
        // A long answer is late by this measure, though all is well with it.
        if timeout(delay, &mut first).await.is_err() {
            select(first, pin!(provider.chat(call, true))).await;
        }
        start.elapsed()
    };
    join_all((1..=CALLS).map(ask)).await
}

/// Measures a batch without hedges, and hedges another by what it measured.
async fn two_batches() -> (Vec<u32>, Duration) {
    let measured = batch(&Provider::default(), Duration::MAX).await;
    let delay = p95(measured).unwrap_or(Duration::MAX);
    let provider = Provider::default();
    let took = batch(&provider, delay).await;
    let stuck = (1..).zip(took).filter(|(call, _)| is_stuck(*call));
    let slowest = stuck.map(|(_, took)| took).max().expect("four are stuck");
    (provider.hedged.into_inner(), slowest)
}

fn report(hedged: &[u32], slowest: Duration) {
    let stuck = hedged.iter().filter(|call| is_stuck(**call)).count();
    let twice: u32 = hedged.iter().map(|call| tokens(*call)).sum();
    println!("{} hedges, {stuck} for stuck calls", hedged.len());
    println!("{twice} tokens asked for twice");
    println!("Stuck calls answered after {} ms", slowest.as_millis());
}

// The clock is paused, so that each time is exact.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() {
    let (hedged, slowest) = two_batches().await;
    report(&hedged, slowest);
    assert_eq!(hedged, [53, 63, 73, 83, 93], "the five longest answers");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The p95 of whole calls is that of a long answer: the five longest are
    /// asked for twice, and no stuck call is.
    #[tokio::test(start_paused = true)]
    async fn the_five_longest_answers_are_hedged() {
        let slowest = Duration::from_millis(2400);
        assert_eq!(two_batches().await, (vec![53, 63, 73, 83, 93], slowest));
    }
}
