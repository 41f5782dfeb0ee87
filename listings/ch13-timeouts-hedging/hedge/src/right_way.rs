//! A second request for the stuck: `cargo run --bin hedge-right-way`
use futures::future::{join_all, select_ok};
use std::cell::Cell;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{sleep, timeout};

const CALLS: u32 = 100;
const HEDGE_AFTER: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(10);
/// The calls whose story is printed.
const SHOWN: [u32; 2] = [1, 20];

#[derive(Clone, Debug, PartialEq, thiserror::Error)]
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
    refuses: Option<bool>, // hedges, or first requests
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
        if self.refuses == Some(hedge) {
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

/// What a client may spend on hedges: one for every twenty calls, and ten saved
/// up at most. A semaphore would bound how many run at once, and not how many.
#[derive(Default)]
struct Budget(AtomicU32);

impl Budget {
    const HEDGE: u32 = 20;

    fn earn(&self) {
        let more = |saved: u32| (saved + 1).min(10 * Self::HEDGE);
        self.0.update(Relaxed, Relaxed, more);
    }

    fn pay(&self) -> bool {
        let rest = |saved: u32| saved.checked_sub(Self::HEDGE);
        self.0.try_update(Relaxed, Relaxed, rest).is_ok()
    }
}

/// One for the whole program, so that all calls share its budget.
#[derive(Default)]
struct Client {
    provider: Provider,
    budget: Budget,
}

impl Client {
    async fn hedged(&self, call: u32) -> Result<(), AskError> {
        self.budget.earn();
        let mut first = pin!(self.provider.first_token(call, false));
        // Borrowed: when the time is up, the request goes on.
        if let Ok(answer) = timeout(HEDGE_AFTER, &mut first).await {
            return answer;
        }
        // A hedge is paid for as well. If all are slow, few calls get one.
        if !self.budget.pay() {
            return first.await;
        }
        let second = pin!(self.provider.first_token(call, true));
        // Whichever succeeds first. The other is dropped with this function,
        // which cancels its request; it may have begun by then, and be billed.
        let (answer, _loser) = select_ok([first, second]).await?;
        Ok(answer)
    }

    /// What became of each call, in order; no failure stops the others.
    async fn batch(&self) -> Vec<Result<(), AskError>> {
        let call = async |call| {
            let answer = timeout(LIMIT, self.hedged(call)).await;
            answer.unwrap_or(Err(AskError::TimedOut))
        };
        join_all((1..=CALLS).map(call)).await
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::default();
    let answers = client.batch().await;
    for (call, answer) in (1..).zip(&answers) {
        if let Err(error) = answer {
            println!("Call {call}: {error}");
        }
    }
    let answers = answers.iter().flatten().count();
    let provider = &client.provider;
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
        let (client, start) = (Client::default(), Instant::now());
        assert_eq!(client.batch().await, vec![Ok(()); 100]);
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
        sleep(Duration::from_mins(1)).await;
        assert_eq!(client.provider.requests.get(), 105);
        assert_eq!(client.provider.begun.get(), 100);
    }

    /// A hedge that is refused is no answer: the first request still counts.
    #[tokio::test(start_paused = true)]
    async fn a_hedge_that_fails_is_no_answer() {
        let mut client = Client::default();
        client.provider.refuses = Some(true);
        let start = Instant::now();
        assert_eq!(client.batch().await, vec![Ok(()); 100]);
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }

    /// A first request that is refused isn't hedged, and each call says why.
    #[tokio::test(start_paused = true)]
    async fn each_call_keeps_its_error() {
        let mut client = Client::default();
        client.provider.refuses = Some(false);
        let refused = vec![Err(AskError::Overloaded); 100];
        assert_eq!(client.batch().await, refused);
        assert_eq!(client.provider.requests.get(), 100);
    }

    /// Every call is stuck, one after another. One in twenty is asked again.
    #[tokio::test(start_paused = true)]
    async fn on_a_bad_day_one_call_in_twenty_is_hedged() {
        let client = Client::default();
        for _ in 0..100 {
            assert_eq!(client.hedged(20).await, Ok(()));
        }
        assert_eq!(client.provider.requests.get(), 105);
    }
}
