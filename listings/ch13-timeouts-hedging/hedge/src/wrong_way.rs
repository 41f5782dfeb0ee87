//! Waiting for the stuck ones: `cargo run --bin hedge-wrong-way`
use futures::future::join_all;
use std::cell::Cell;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const CALLS: u32 = 100;
const LIMIT: Duration = Duration::from_secs(10);
/// The calls whose story is printed.
const SHOWN: [u32; 2] = [1, 20];

#[derive(Default)]
struct Provider {
    requests: Cell<u32>,
}

impl Provider {
    /// Until the first token is there. Each twentieth call lands on a machine
    /// that is stuck.
    async fn first_token(&self, call: u32) {
        self.requests.update(|requests| requests + 1);
        say(call, "asked");
        let stuck = call.is_multiple_of(20);
        sleep(Duration::from_millis(if stuck { 4000 } else { 500 })).await;
        say(call, "begins to answer");
    }
}

fn say(call: u32, what: &str) {
    if SHOWN.contains(&call) {
        println!("Call {call} {what}");
    }
}

/// How many of the calls begin to answer; no failure stops the others.
async fn batch(provider: &Provider) -> usize {
    let call = |call| timeout(LIMIT, provider.first_token(call));
    let begun = join_all((1..=CALLS).map(call)).await;
    begun.into_iter().flatten().count()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let provider = Provider::default();
    let answers = batch(&provider).await;
    let requests = provider.requests.get();
    println!("{requests} requests, {answers} begin to answer");
    assert_eq!((requests, answers), (100, 100), "nobody asked twice");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// Five stuck calls of a hundred make all wait for four seconds.
    #[tokio::test(start_paused = true)]
    async fn the_last_of_a_hundred_begins_at_4_seconds() {
        let (provider, start) = (Provider::default(), Instant::now());
        assert_eq!(batch(&provider).await, 100);
        assert_eq!(start.elapsed(), Duration::from_secs(4));
        assert_eq!(provider.requests.get(), 100);
    }
}
