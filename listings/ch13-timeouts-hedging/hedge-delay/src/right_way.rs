//! Hedged by first tokens: `cargo run --bin hedge-delay-right-way`
use futures::future::{join_all, select_ok};
use std::cell::RefCell;
use std::pin::pin;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

const CALLS: u32 = 100;
const TOKEN: Duration = Duration::from_millis(10);
const LIMIT: Duration = Duration::from_secs(10);
/// How many calls may be under way a second time, at once.
const HEDGES: usize = 10;

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
fn p95(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() * 95 / 100 - 1]
}

async fn hedged(
    provider: &Provider,
    call: u32,
    delay: Duration,
    hedges: &Semaphore,
) -> Result<(), AskError> {
    let mut first = pin!(provider.first_token(call, false));
    if let Ok(begun) = timeout(delay, &mut first).await {
        return begun;
    }
    // If everything is slow, twice as many requests make it slower.
    let Ok(_permit) = hedges.try_acquire() else {
        return first.await;
    };
    let second = pin!(provider.first_token(call, true));
    select_ok([first, second])
        .await
        .map(|(begun, _loser)| begun)
}

/// When each answer had its first token, and when it was whole.
async fn batch(
    provider: &Provider,
    delay: Duration,
) -> Vec<Result<[Duration; 2], AskError>> {
    let hedges = Semaphore::new(HEDGES);
    let ask = async |call| {
        let start = Instant::now();
        let begun = timeout(LIMIT, hedged(provider, call, delay, &hedges));
        begun.await.unwrap_or(Err(AskError::TimedOut))?;
        let first_token = start.elapsed();
        // Somebody reads these words already: nothing is asked twice now, and
        // a real client limits the silence between two of them.
        sleep(TOKEN * tokens(call)).await;
        Ok([first_token, start.elapsed()])
    };
    join_all((1..=CALLS).map(ask)).await
}

/// Measures a batch without hedges, and hedges another by what it measured.
async fn two_batches(provider: &Provider) -> Duration {
    let measured = batch(&Provider::default(), Duration::MAX).await;
    let answered = measured.into_iter().flatten();
    let first_tokens = answered.map(|[first, _whole]| first);
    // A tenth more, so that a little noise hedges nobody.
    let delay = p95(first_tokens.collect()) * 11 / 10;
    let took = batch(provider, delay).await;
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
    let provider = Provider::default();
    let slowest = two_batches(&provider).await;
    let hedged = provider.hedged.into_inner();
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
        let provider = Provider::default();
        let slowest = two_batches(&provider).await;
        assert_eq!(slowest, Duration::from_millis(1238));
        assert_eq!(provider.hedged.into_inner(), [25, 50, 75, 100]);
    }

    /// If all are slow, ten are asked twice at once and not a hundred.
    #[tokio::test(start_paused = true)]
    async fn the_bound_holds_when_all_are_slow() {
        let provider = Provider {
            all_stuck: true,
            ..Default::default()
        };
        let took = batch(&provider, Duration::from_millis(435)).await;
        assert!(took.iter().all(Result::is_ok));
        assert_eq!(provider.hedged.into_inner().len(), HEDGES);
    }

    /// With a delay that is too short as well.
    #[tokio::test(start_paused = true)]
    async fn the_bound_holds_when_the_delay_is_too_short() {
        let provider = Provider::default();
        let took = batch(&provider, Duration::from_millis(100)).await;
        assert!(took.iter().all(Result::is_ok));
        assert_eq!(provider.hedged.into_inner().len(), HEDGES);
    }

    /// A hedge that is refused is no answer: the first request still counts.
    #[tokio::test(start_paused = true)]
    async fn a_hedge_that_fails_is_no_answer() {
        let provider = Provider {
            refuses_hedges: true,
            ..Default::default()
        };
        let slowest = two_batches(&provider).await;
        assert_eq!(slowest, Duration::from_millis(2400));
    }
}
