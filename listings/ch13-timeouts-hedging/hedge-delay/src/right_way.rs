//! Hedged by first tokens: `cargo run --bin hedge-delay-right-way`
use futures::future::{join_all, select_ok};
use std::cell::RefCell;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

const CALLS: u32 = 100;
const TOKEN: Duration = Duration::from_millis(10);
const LIMIT: Duration = Duration::from_secs(10);
/// Fewer calls than this say nothing about the slowest twentieth.
const ENOUGH: usize = 100;

#[derive(Debug, PartialEq, thiserror::Error)]
enum AskError {
    #[error("503 overloaded")]
    Overloaded,
    #[error("no first token in time")]
    TimedOut,
}

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
    all_stuck: bool,
    refuses_hedges: bool,
}

impl Provider {
    /// Until the first token is there.
    async fn first_token(
        &self,
        call: u32,
        hedge: bool,
    ) -> Result<(), AskError> {
        if hedge {
            self.hedged.borrow_mut().push(call);
        }
        if hedge && self.refuses_hedges {
            return Err(AskError::Overloaded);
        }
        let stuck = is_stuck(call) && !hedge || self.all_stuck;
        let first_token = if stuck { 2000 } else { 300 + call };
        sleep(Duration::from_millis(first_token.into())).await;
        Ok(())
    }
}

/// The time that 95 of 100 measured ones did not exceed.
fn p95(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    let rank = (times.len() * 95).div_ceil(100);
    (times.len() >= ENOUGH).then(|| times[rank - 1])
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
    async fn hedged(&self, call: u32, delay: Duration) -> Result<(), AskError> {
        self.budget.earn();
        let mut first = pin!(self.provider.first_token(call, false));
        if let Ok(begun) = timeout(delay, &mut first).await {
            return begun;
        }
        // If everything is slow, twice as many requests make it slower.
        if !self.budget.pay() {
            return first.await;
        }
        let second = pin!(self.provider.first_token(call, true));
        let (begun, _loser) = select_ok([first, second]).await?;
        Ok(begun)
    }

    /// When each answer had its first token, and when it was whole.
    async fn batch(
        &self,
        delay: Duration,
    ) -> Vec<Result<[Duration; 2], AskError>> {
        let ask = async |call| {
            let start = Instant::now();
            let begun = timeout(LIMIT, self.hedged(call, delay)).await;
            begun.unwrap_or(Err(AskError::TimedOut))?;
            let first_token = start.elapsed();
            // Somebody reads these words already: nothing is asked twice now,
            // and a real client limits the silence between two of them.
            sleep(TOKEN * tokens(call)).await;
            Ok([first_token, start.elapsed()])
        };
        join_all((1..=CALLS).map(ask)).await
    }
}

/// Measures a batch without hedges, and hedges another by what it measured.
async fn two_batches(client: &Client) -> Duration {
    let measured = client.batch(Duration::MAX).await;
    let answered = measured.into_iter().flatten();
    let first_tokens = answered.map(|[first, _whole]| first);
    // A tenth more, so that a little noise hedges nobody; without a measure,
    // nobody is hedged either.
    let delay = p95(first_tokens.collect());
    let delay = delay.map_or(Duration::MAX, |p95| p95 * 11 / 10);
    let took = client.batch(delay).await;
    let stuck = (1..).zip(took).filter(|(call, _)| is_stuck(*call));
    let whole = stuck.flat_map(|(_, times)| times).map(|[_, whole]| whole);
    whole.max().expect("four are stuck, and answered")
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
    let client = Client::default();
    let slowest = two_batches(&client).await;
    let hedged = client.provider.hedged.into_inner();
    report(&hedged, slowest);
    assert_eq!(hedged, [25, 50, 75, 100], "those that were stuck");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The p95 of first tokens is that of a healthy call: the four stuck ones
    /// are asked twice, and no long answer is.
    #[tokio::test(start_paused = true)]
    async fn the_stuck_calls_are_hedged() {
        let client = Client::default();
        let slowest = two_batches(&client).await;
        assert_eq!(slowest, Duration::from_millis(1238));
        assert_eq!(client.provider.hedged.into_inner(), [25, 50, 75, 100]);
    }

    /// If all are slow, or the delay is too short, one in twenty is asked
    /// twice, in a second wave as well.
    #[tokio::test(start_paused = true)]
    async fn the_budget_holds_in_every_wave() {
        for (all_stuck, delay) in [(true, 435), (false, 100)] {
            let mut client = Client::default();
            client.provider.all_stuck = all_stuck;
            for hedges in [5, 10] {
                let took = client.batch(Duration::from_millis(delay)).await;
                assert!(took.iter().all(Result::is_ok));
                assert_eq!(client.provider.hedged.borrow().len(), hedges);
            }
        }
    }

    /// A hedge that is refused is no answer: the first request still counts.
    #[tokio::test(start_paused = true)]
    async fn a_hedge_that_fails_is_no_answer() {
        let mut client = Client::default();
        client.provider.refuses_hedges = true;
        let slowest = two_batches(&client).await;
        assert_eq!(slowest, Duration::from_millis(2400));
    }

    /// Too few calls have no p95, and nothing panics.
    #[test]
    fn of_too_few_calls_there_is_no_p95() {
        let ms = |count| (1..=count).map(Duration::from_millis).collect();
        assert_eq!(p95(ms(0)), None);
        assert_eq!(p95(ms(99)), None);
        assert_eq!(p95(ms(100)), Some(Duration::from_millis(95)));
    }
}
