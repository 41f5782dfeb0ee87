//! A permit per attempt: `cargo run --bin permit-while-waiting-right-way`
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("503 overloaded")]
struct Overloaded;

const ATTEMPTS: u32 = 3;
const LATENCY: Duration = Duration::from_millis(500);
const RETRY_AFTER: Duration = Duration::from_secs(4);

/// Refuses the unlucky prompt once.
async fn chat(prompt: &str, attempt: u32) -> Result<(), Overloaded> {
    println!("Asking {prompt}");
    sleep(LATENCY).await;
    if prompt == "unlucky" && attempt == 1 {
        println!("Refused {prompt}");
        return Err(Overloaded);
    }
    println!("Answered {prompt}");
    Ok(())
}

/// What the header says, and up to a second more by chance.
fn pause(rng: &mut impl Rng) -> Duration {
    RETRY_AFTER + Duration::from_secs(1).mul_f64(rng.random())
}

async fn ask(
    prompt: &str,
    seed: u64,
    slots: &Semaphore,
) -> Result<Duration, Overloaded> {
    let (start, mut rng) = (Instant::now(), ChaCha8Rng::seed_from_u64(seed));
    for attempt in 1.. {
        let permit = slots.acquire().await.expect("it is never closed");
        let answer = chat(prompt, attempt).await;
        // Given back before the wait: the next in the queue has its turn.
        drop(permit);
        match answer {
            Ok(()) => break,
            Err(refused) if attempt == ATTEMPTS => return Err(refused),
            Err(_) => sleep(pause(&mut rng)).await,
        }
    }
    Ok(start.elapsed())
}

async fn both() -> [Result<Duration, Overloaded>; 2] {
    let slots = Semaphore::new(1);
    let (unlucky, other) = (ask("unlucky", 1, &slots), ask("other", 2, &slots));
    // In this order, so that the unlucky one has the permit first.
    tokio::join!(biased; unlucky, other).into()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Overloaded> {
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
        assert!(unlucky >= RETRY_AFTER + LATENCY * 2);
    }
}
