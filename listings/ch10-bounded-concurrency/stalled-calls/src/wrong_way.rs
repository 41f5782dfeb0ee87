//! Nobody polls the calls: `cargo run --bin stalled-calls-wrong-way`
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tokio::time::error::Elapsed;
use tokio::time::{sleep, timeout};

const LIMIT: Duration = Duration::from_millis(1100);

/// A call has two steps, the head and the body. Prompt 0 is the quickest.
async fn complete(prompt: u64) -> u64 {
    let step = if prompt == 0 { 100 } else { 175 + 75 * prompt };
    let step = Duration::from_millis(step);
    println!("prompt {prompt} sent");
    sleep(step).await; // until the head comes
    sleep(step).await; // and the body
    println!("prompt {prompt} answered");
    prompt
}

async fn limited(prompt: u64) -> (u64, Result<u64, Elapsed>) {
    (prompt, timeout(LIMIT, complete(prompt)).await)
}

/// How many calls were answered, and how many ran out of time.
async fn save_all() -> (usize, usize) {
    let (mut answered, mut timed_out) = (0, 0);
    let mut calls = stream::iter(0..5).map(limited).buffer_unordered(5);
    while let Some((prompt, call)) = calls.next().await {
        if let Err(Elapsed { .. }) = call {
            println!("prompt {prompt} ran out of time");
            timed_out += 1;
            continue;
        }
        // Nobody polls the calls until this is done.
        sleep(Duration::from_secs(1)).await;
        println!("prompt {prompt} saved");
        answered += 1;
    }
    (answered, timed_out)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (answered, timed_out) = save_all().await;
    println!("{answered} in time, {timed_out} timed out");
    assert_eq!((answered, timed_out), (1, 4), "four were not listened to");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// None needs more than 0.95 of its 1.1 s, and four of five time out.
    #[tokio::test(start_paused = true)]
    async fn four_of_five_quick_calls_time_out() {
        assert_eq!(save_all().await, (1, 4));
        let slowest = tokio::time::Instant::now();
        assert_eq!(complete(4).await, 4);
        assert_eq!(slowest.elapsed(), Duration::from_millis(950));
    }
}
