//! Waiting for the stuck ones: `cargo run --bin hedge-wrong-way`
use futures::future::join_all;
use std::cell::Cell;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const CALLS: u32 = 100;
const CENTS_PER_REQUEST: u32 = 2;
/// The calls whose story is printed.
const SHOWN: [u32; 2] = [1, 20];

#[derive(Default)]
struct Provider {
    requests: Cell<u32>,
    answers: Cell<u32>,
}

impl Provider {
    /// Each twentieth call lands on a machine that is stuck.
    async fn chat(&self, call: u32) {
        self.requests.update(|requests| requests + 1);
        let seconds = if call.is_multiple_of(20) { 10 } else { 1 };
        say(call, "asked");
        sleep(Duration::from_secs(seconds)).await;
        self.answers.update(|answers| answers + 1);
        say(call, "answered");
    }
}

fn say(call: u32, what: &str) {
    if SHOWN.contains(&call) {
        println!("Call {call} {what}");
    }
}

async fn batch(provider: &Provider) -> Duration {
    let start = Instant::now();
    join_all((1..=CALLS).map(|call| provider.chat(call))).await;
    start.elapsed()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let provider = Provider::default();
    let took = batch(&provider).await.as_secs();
    let (requests, answers) = (provider.requests.get(), provider.answers.get());
    println!("{answers} answers in {took} s");
    println!(
        "{requests} requests, {} cents",
        requests * CENTS_PER_REQUEST
    );
    assert_eq!((requests, took), (100, 10), "five of them set the pace");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five stuck calls of a hundred make all wait for ten seconds.
    #[tokio::test(start_paused = true)]
    async fn a_hundred_calls_take_ten_seconds() {
        let provider = Provider::default();
        assert_eq!(batch(&provider).await, Duration::from_secs(10));
        assert_eq!(provider.requests.get(), 100);
    }
}
