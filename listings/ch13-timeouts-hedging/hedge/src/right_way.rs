//! A second request for the stuck: `cargo run --bin hedge-right-way`
use futures::future::{join_all, select_ok};
use std::cell::Cell;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

const CALLS: u32 = 100;
const HEDGE_AFTER: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(10);
/// How many calls may be under way a second time, at once.
const HEDGES: usize = 10;
/// The calls whose story is printed.
const SHOWN: [u32; 2] = [1, 20];

#[derive(Debug, PartialEq, thiserror::Error)]
enum AskError {
    #[error("503 overloaded")]
    Overloaded,
    #[error("no first token in time")]
    TimedOut,
}

#[derive(Default)]
struct Provider {
    requests: Cell<u32>,
    begun: Cell<u32>,
    refuses_hedges: bool,
}

impl Provider {
    /// Until the first token is there. Each twentieth call lands on a machine
    /// that is stuck, its hedge on another.
    async fn first_token(
        &self,
        call: u32,
        hedge: bool,
    ) -> Result<(), AskError> {
        self.requests.update(|requests| requests + 1);
        if hedge && self.refuses_hedges {
            return Err(AskError::Overloaded);
        }
        say(call, if hedge { "asked again" } else { "asked" });
        let stuck = call.is_multiple_of(20) && !hedge;
        sleep(Duration::from_millis(if stuck { 4000 } else { 500 })).await;
        self.begun.update(|begun| begun + 1);
        say(call, "begins to answer");
        Ok(())
    }
}

fn say(call: u32, what: &str) {
    if SHOWN.contains(&call) {
        println!("Call {call} {what}");
    }
}

async fn hedged(
    provider: &Provider,
    call: u32,
    hedges: &Semaphore,
) -> Result<(), AskError> {
    let mut first = pin!(provider.first_token(call, false));
    // Borrowed: when the time is up, the request goes on.
    if let Ok(answer) = timeout(HEDGE_AFTER, &mut first).await {
        return answer;
    }
    // A hedge is paid for as well: if all are slow, there are only so many.
    let Ok(_permit) = hedges.try_acquire() else {
        return first.await;
    };
    let second = pin!(provider.first_token(call, true));
    // Whichever succeeds first. The other is dropped with this function,
    // which cancels its request before it has written a word.
    let (answer, _loser) = select_ok([first, second]).await?;
    Ok(answer)
}

/// How many of the calls begin to answer; no failure stops the others.
async fn batch(provider: &Provider) -> usize {
    let hedges = Semaphore::new(HEDGES);
    let call = async |call| {
        let answer = timeout(LIMIT, hedged(provider, call, &hedges)).await;
        answer.unwrap_or(Err(AskError::TimedOut))
    };
    let begun = join_all((1..=CALLS).map(call)).await;
    begun.into_iter().flatten().count()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let provider = Provider::default();
    let answers = batch(&provider).await;
    let (requests, begun) = (provider.requests.get(), provider.begun.get());
    println!("{requests} requests, {} aborted", requests - begun);
    assert_eq!((requests, answers), (105, 100), "five more, for the stuck");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// Hedged after a second: the last begins at 1.5 s, with 105 requests, of
    /// which five were aborted and never begin.
    #[tokio::test(start_paused = true)]
    async fn the_last_of_a_hundred_begins_at_1500_ms() {
        let (provider, start) = (Provider::default(), Instant::now());
        assert_eq!(batch(&provider).await, 100);
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
        sleep(Duration::from_mins(1)).await;
        assert_eq!(provider.requests.get(), 105);
        assert_eq!(provider.begun.get(), 100);
    }

    /// A hedge that is refused is no answer: the first request still counts.
    #[tokio::test(start_paused = true)]
    async fn a_hedge_that_fails_is_no_answer() {
        let provider = Provider {
            refuses_hedges: true,
            ..Default::default()
        };
        let start = Instant::now();
        assert_eq!(batch(&provider).await, 100);
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }
}
