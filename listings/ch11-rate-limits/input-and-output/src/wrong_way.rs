//! Input and output as one sum: `cargo run --bin input-and-output-wrong-way`
use futures::future::join_all;
use std::cell::Cell;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// Input and output have a limit each: 60 000 and 15 000 tokens a minute.
const BURST: [u32; 2] = [10_000, 2000];
const EACH: [Duration; 2] =
    [Duration::from_millis(1), Duration::from_millis(4)];
/// One request may be quicker on its way than the one before it.
const SLACK: Duration = Duration::from_millis(50);

#[derive(Debug, PartialEq, thiserror::Error)]
enum Refused {
    #[error("429 Too Many Requests")]
    TooManyTokens,
    #[error("{0:?} tokens never fit into {BURST:?}")]
    TooLarge([u32; 2]),
}

/// Stands for a provider with two buckets. It knows when each is full again.
struct Server(Cell<[Instant; 2]>);

impl Server {
    async fn complete(&self, tokens: [u32; 2]) -> Result<(), Refused> {
        let [input, output] = tokens;
        println!("{input} + {output} sent");
        let (now, full_at) = (Instant::now(), self.0.get());
        let full = [0, 1].map(|i| now.max(full_at[i]) + tokens[i] * EACH[i]);
        let over = |i: usize| full[i] - now > BURST[i] * EACH[i] + SLACK;
        if over(0) || over(1) {
            println!("{input} + {output} got 429");
            return Err(Refused::TooManyTokens);
        }
        self.0.set(full);
        sleep(Duration::from_millis((output / 2).into())).await;
        println!("{input} + {output} answered");
        Ok(())
    }
}

/// One bucket of 75 000 tokens a minute, full at first.
struct Bucket(Mutex<Instant>);

impl Bucket {
    async fn take(&self, tokens: [u32; 2]) -> Result<(), Refused> {
        let (each, most) = (Duration::from_micros(800), BURST[0] + BURST[1]);
        let sum = tokens[0] + tokens[1];
        if sum > most {
            return Err(Refused::TooLarge(tokens)); // no wait would help
        }
        let mut full_at = self.0.lock().await;
        let now = Instant::now();
        let full = now.max(*full_at) + sum * each;
        sleep((full - now).saturating_sub(most * each)).await;
        *full_at = full;
        Ok(())
    }
}

/// The tokens of each prompt, and the `max_tokens` of its answer.
const REQUESTS: [[u32; 2]; 3] = [[4000, 500], [1000, 1500], [1000, 800]];

async fn complete_all() -> Vec<Result<(), Refused>> {
    let opened = Instant::now();
    let server = Server(Cell::new([opened; 2]));
    let bucket = Bucket(Mutex::new(opened));
    join_all(REQUESTS.map(async |tokens| {
        bucket.take(tokens).await?;
        server.complete(tokens).await
    }))
    .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let results = complete_all().await;
    let refused = results.iter().filter(|result| result.is_err()).count();
    println!("{} requests, {refused} refused", results.len());
    assert_eq!(refused, 1, "the sum is small, its output is not");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of all three is within the limit, and the third is refused.
    #[tokio::test(start_paused = true)]
    async fn a_sum_within_the_limit_is_refused_for_its_output() {
        assert!(REQUESTS.iter().flatten().sum::<u32>() < BURST.iter().sum());
        let third = Err(Refused::TooManyTokens);
        assert_eq!(complete_all().await, [Ok(()), Ok(()), third]);
    }
}
