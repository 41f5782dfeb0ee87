//! A second request for the stuck: `cargo run --bin hedge-right-way`
use futures::FutureExt;
use futures::future::{select_ok, try_join_all};
use std::cell::Cell;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const CALLS: u32 = 100;
const HEDGE_AFTER: Duration = Duration::from_secs(2);
const CENTS_PER_REQUEST: u32 = 2;
/// The calls whose story is printed.
const SHOWN: [u32; 2] = [1, 20];

#[derive(Debug, PartialEq)]
struct Overloaded;

#[derive(Default)]
struct Provider {
    requests: Cell<u32>,
    answers: Cell<u32>,
    refuses_hedges: bool,
}

impl Provider {
    /// Each twentieth call lands on a machine that is stuck, its hedge not.
    async fn chat(&self, call: u32, hedge: bool) -> Result<(), Overloaded> {
        self.requests.update(|requests| requests + 1);
        if hedge && self.refuses_hedges {
            return Err(Overloaded);
        }
        let stuck = call.is_multiple_of(20) && !hedge;
        say(call, if hedge { "asked again" } else { "asked" });
        sleep(Duration::from_secs(if stuck { 10 } else { 1 })).await;
        self.answers.update(|answers| answers + 1);
        say(call, "answered");
        Ok(())
    }
}

fn say(call: u32, what: &str) {
    if SHOWN.contains(&call) {
        println!("Call {call} {what}");
    }
}

async fn hedged(provider: &Provider, call: u32) -> Result<(), Overloaded> {
    let mut first = provider.chat(call, false).boxed_local();
    if let Ok(answer) = timeout(HEDGE_AFTER, &mut first).await {
        return answer;
    }
    let second = provider.chat(call, true).boxed_local();
    // The first success; the other is dropped, which cancels its request.
    select_ok([first, second])
        .await
        .map(|(answer, _loser)| answer)
}

async fn batch(provider: &Provider) -> Result<Duration, Overloaded> {
    let start = Instant::now();
    try_join_all((1..=CALLS).map(|call| hedged(provider, call))).await?;
    Ok(start.elapsed())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Overloaded> {
    let provider = Provider::default();
    let took = batch(&provider).await?.as_secs();
    let (requests, answers) = (provider.requests.get(), provider.answers.get());
    println!(
        "{answers} answers in {took} s, {} aborted",
        requests - answers
    );
    println!(
        "{requests} requests, {} cents",
        requests * CENTS_PER_REQUEST
    );
    assert_eq!((requests, took), (105, 3), "five more, for the five stuck");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hedged after two seconds: done at three, with 105 requests, of which
    /// five were aborted and are not answered later.
    #[tokio::test(start_paused = true)]
    async fn a_hundred_calls_take_three_seconds() {
        let provider = Provider::default();
        assert_eq!(batch(&provider).await, Ok(Duration::from_secs(3)));
        sleep(Duration::from_mins(1)).await;
        assert_eq!(provider.requests.get(), 105);
        assert_eq!(provider.answers.get(), 100);
    }

    /// A hedge that is refused costs nothing: the first request still counts.
    #[tokio::test(start_paused = true)]
    async fn a_hedge_that_fails_is_no_answer() {
        let provider = Provider {
            refuses_hedges: true,
            ..Default::default()
        };
        assert_eq!(batch(&provider).await, Ok(Duration::from_secs(10)));
    }
}
