//! A permit per attempt: `cargo run --bin permit-while-waiting-right-way`
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

#[derive(Debug)]
struct Overloaded;

const LATENCY: Duration = Duration::from_secs(1);
const BACKOFF: Duration = Duration::from_secs(8);

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

async fn ask(prompt: &str, slots: &Semaphore, start: Instant) -> Duration {
    let mut attempt = 1;
    loop {
        let permit = slots.acquire().await.expect("it is never closed");
        if chat(prompt, attempt).await.is_ok() {
            return start.elapsed();
        }
        // Given back before the wait: the next in the queue has its turn.
        drop(permit);
        sleep(BACKOFF).await;
        attempt += 1;
    }
}

async fn both() -> (Duration, Duration) {
    let (slots, start) = (Semaphore::new(1), Instant::now());
    let unlucky = ask("unlucky", &slots, start);
    let other = ask("other", &slots, start);
    tokio::join!(biased; unlucky, other)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (unlucky, other) = both().await;
    println!(
        "unlucky {} s, other {} s",
        unlucky.as_secs(),
        other.as_secs()
    );
    assert_eq!(other.as_secs(), 2, "it was asked during the backoff");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A call that waits without its permit is in nobody's way.
    #[tokio::test(start_paused = true)]
    async fn the_other_is_done_at_2_seconds() {
        let (unlucky, other) = both().await;
        assert_eq!(unlucky, Duration::from_secs(10));
        assert_eq!(other, Duration::from_secs(2));
    }
}
