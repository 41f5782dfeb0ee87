//! Twelve in one moment: `cargo run --bin token-bucket-wrong-way`
use futures::future::join_all;
use std::cell::Cell;
use std::time::Duration;
use tokio::time::{Instant, sleep};

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("429 Too Many Requests")]
struct TooManyRequests;

const BURST: u32 = 5;
const EVERY: Duration = Duration::from_secs(1); // one token comes back
/// One request may be quicker on its way than the one before it.
const SLACK: Duration = Duration::from_millis(50);

/// Stands for a provider that lets in five at first, and one more each second.
struct Server {
    full_at: Cell<Instant>,
}

impl Server {
    async fn complete(&self, prompt: u64) -> Result<(), TooManyRequests> {
        println!("prompt {prompt} sent");
        let now = Instant::now();
        let full = now.max(self.full_at.get()) + EVERY;
        if full - now > BURST * EVERY + SLACK {
            println!("prompt {prompt} got 429");
            return Err(TooManyRequests);
        }
        self.full_at.set(full);
        // No two answers at once.
        sleep(Duration::from_millis(850 - 150 * (prompt % 5))).await;
        println!("prompt {prompt} answered");
        Ok(())
    }
}

async fn complete_all() -> Vec<Result<(), TooManyRequests>> {
    let full_at = Cell::new(Instant::now());
    let server = Server { full_at };
    join_all((0..12).map(|prompt| server.complete(prompt))).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let results = complete_all().await;
    let refused = results.iter().filter(|result| result.is_err()).count();
    println!("{} requests, {refused} refused", results.len());
    assert_eq!(refused, 7, "five were let in");
    assert_eq!(start.elapsed().as_secs(), 0, "and that was all");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of twelve requests in one moment, seven are refused.
    #[tokio::test(start_paused = true)]
    async fn seven_of_twelve_in_one_moment_are_refused() {
        let results = complete_all().await;
        assert_eq!(results[..5], [const { Ok(()) }; 5]);
        assert_eq!(results[5..], [const { Err(TooManyRequests) }; 7]);
    }
}
