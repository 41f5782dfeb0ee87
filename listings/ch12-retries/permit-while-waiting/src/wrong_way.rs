//! A permit for doing nothing: `cargo run --bin permit-while-waiting-wrong-way`
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
    let _permit = slots.acquire().await.expect("it is never closed");
    for attempt in 1.. {
        match chat(prompt, attempt).await {
            Ok(()) => break,
            Err(refused) if attempt == ATTEMPTS => return Err(refused),
            // The permit says "one call under way". There is none.
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
    assert!(other > unlucky, "it waited for someone else's backoff");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call that waits with its permit makes the other wait as well: an
    /// attempt, a wait of at least 4 s and two more attempts.
    #[tokio::test(start_paused = true)]
    async fn the_other_is_done_after_the_unlucky_one() {
        let answers = both().await.map(|it| it.expect("it retries"));
        let [unlucky, other] = answers;
        assert_eq!(other, unlucky + LATENCY);
        assert!(other >= RETRY_AFTER + LATENCY * 3);
    }
}
