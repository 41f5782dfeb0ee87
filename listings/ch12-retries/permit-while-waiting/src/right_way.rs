//! A permit per attempt: `cargo run --bin permit-while-waiting-right-way`
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

#[derive(Debug, PartialEq, thiserror::Error)]
enum AskError {
    #[error("503 overloaded")]
    Overloaded,
    #[error("no answer in {LIMIT:?}")]
    TimedOut,
}

const ATTEMPTS: u32 = 3;
const LATENCY: Duration = Duration::from_millis(500);
const BACKOFF: Duration = Duration::from_secs(4);
/// For one attempt: while it holds the permit, nobody else is served.
const LIMIT: Duration = Duration::from_secs(2);

/// Refuses the unlucky prompt once.
async fn chat(prompt: &str, attempt: u32) -> Result<(), AskError> {
    println!("Asking {prompt}");
    sleep(if prompt == "hangs" {
        LIMIT * 100
    } else {
        LATENCY
    })
    .await;
    if prompt == "unlucky" && attempt == 1 {
        println!("Refused {prompt}");
        return Err(AskError::Overloaded);
    }
    println!("Answered {prompt}");
    Ok(())
}

/// The wait before the second attempt, and up to a second more by chance.
fn pause(rng: &mut impl Rng) -> Duration {
    BACKOFF + Duration::from_secs(1).mul_f64(rng.random())
}

async fn ask(
    prompt: &str,
    seed: u64,
    slots: &Semaphore,
) -> Result<Duration, AskError> {
    let (start, mut rng) = (Instant::now(), ChaCha8Rng::seed_from_u64(seed));
    for attempt in 1.. {
        let permit = slots.acquire().await.expect("it is never closed");
        let answer = timeout(LIMIT, chat(prompt, attempt)).await;
        // Given back before the wait: the next in the queue has its turn.
        drop(permit);
        match answer.unwrap_or(Err(AskError::TimedOut)) {
            Ok(()) => break,
            Err(refused) if attempt == ATTEMPTS => return Err(refused),
            Err(AskError::Overloaded | AskError::TimedOut) => {
                sleep(pause(&mut rng)).await;
            }
        }
    }
    Ok(start.elapsed())
}

async fn both() -> [Result<Duration, AskError>; 2] {
    let slots = Semaphore::new(1);
    let (unlucky, other) = (ask("unlucky", 1, &slots), ask("other", 2, &slots));
    // In this order, so that the unlucky one has the permit first.
    tokio::join!(biased; unlucky, other).into()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), AskError> {
    let [unlucky, other] = both().await;
    let (unlucky, other) = (unlucky?, other?);
    println!("Both answered");
    assert!(other < unlucky, "it was asked during the backoff");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call that waits without its permit is in nobody's way: the other is
    /// answered after one attempt of each.
    #[tokio::test(start_paused = true)]
    async fn the_other_is_done_after_a_second() {
        let answers = both().await.map(|it| it.expect("it retries"));
        let [unlucky, other] = answers;
        assert_eq!(other, LATENCY * 2);
        assert!(unlucky >= BACKOFF + LATENCY * 2);
    }

    /// An attempt that hangs gives its permit back when its limit is over.
    #[tokio::test(start_paused = true)]
    async fn a_call_that_hangs_keeps_nobody_for_longer_than_its_limit() {
        let slots = Semaphore::new(1);
        let (hangs, other) = (ask("hangs", 1, &slots), ask("other", 2, &slots));
        let (hangs, other) = tokio::join!(biased; hangs, other);
        assert_eq!(hangs, Err(AskError::TimedOut));
        assert_eq!(other, Ok(LIMIT + LATENCY));
    }
}
