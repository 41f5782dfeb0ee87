//! A bucket for each: `cargo run --bin input-and-output-right-way`
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
        let full = full_after(now, full_at, tokens);
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

/// When each bucket will be full again. One lock, so one queue for both.
struct Buckets(Mutex<[Instant; 2]>);

impl Buckets {
    async fn take(&self, tokens: [u32; 2]) -> Result<(), Refused> {
        if tokens[0] > BURST[0] || tokens[1] > BURST[1] {
            return Err(Refused::TooLarge(tokens)); // no wait would help
        }
        let mut full_at = self.0.lock().await;
        let now = Instant::now();
        let full = full_after(now, *full_at, tokens);
        let [input, output] =
            [0, 1].map(|i| (full[i] - now).saturating_sub(BURST[i] * EACH[i]));
        let wait = input.max(output);
        // Until both have enough; nothing is taken from either so far. Even a
        // sleep of nothing lasts about a millisecond.
        if !wait.is_zero() {
            sleep(wait).await;
        }
        // A bucket that was full during the sleep has gained nothing by it.
        *full_at = full_after(Instant::now(), *full_at, tokens);
        Ok(())
    }
}

/// When both are full again, if `tokens` leave them now.
fn full_after(
    now: Instant,
    full_at: [Instant; 2],
    tokens: [u32; 2],
) -> [Instant; 2] {
    [0, 1].map(|i| now.max(full_at[i]) + tokens[i] * EACH[i])
}

/// The tokens of each prompt, and the `max_tokens` of its answer.
const REQUESTS: [[u32; 2]; 3] = [[4000, 500], [1000, 1500], [1000, 800]];

async fn complete_all(requests: [[u32; 2]; 3]) -> Vec<Result<(), Refused>> {
    let opened = Instant::now();
    let server = Server(Cell::new([opened; 2]));
    let bucket = Buckets(Mutex::new([opened; 2]));
    join_all(requests.map(async |tokens| {
        bucket.take(tokens).await?;
        server.complete(tokens).await
    }))
    .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let results = complete_all(REQUESTS).await;
    let refused = results.iter().filter(|result| result.is_err()).count();
    println!("{} requests, {refused} refused", results.len());
    assert_eq!(refused, 0, "the third waited for its output");
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::timeout;

    /// The third request waits 3.2 s for its output tokens.
    #[tokio::test(start_paused = true)]
    async fn the_third_request_waits_for_its_output() {
        let start = Instant::now();
        assert_eq!(complete_all(REQUESTS).await, [const { Ok(()) }; 3]);
        assert_eq!(start.elapsed(), Duration::from_millis(3600));
    }

    /// While the second waits for its output, the bucket for input stays full
    /// and no fuller: the third waits 2 s for the rest of what it needs.
    #[tokio::test(start_paused = true)]
    async fn a_full_bucket_gains_nothing_while_the_other_fills() {
        let start = Instant::now();
        let requests = [[100, 2000], [6000, 2000], [6000, 1]];
        assert_eq!(complete_all(requests).await, [const { Ok(()) }; 3]);
        assert_eq!(start.elapsed(), Duration::from_secs(10));
    }

    /// A caller who gives up after 1 s has taken nothing: the 250 tokens of
    /// output that came in are there for the next.
    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_given_up_costs_nothing() {
        let start = Instant::now();
        let buckets = Buckets(Mutex::new([start; 2]));
        assert_eq!(buckets.take(BURST).await, Ok(()));
        let hasty = timeout(Duration::from_secs(1), buckets.take([1, 2000]));
        hasty.await.expect_err("it takes 8 s");
        assert_eq!(buckets.take([1000, 250]).await, Ok(()));
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    /// A request that is too large for one bucket takes nothing from either.
    #[tokio::test(start_paused = true)]
    async fn too_large_for_one_is_refused_for_both() {
        let start = Instant::now();
        let buckets = Buckets(Mutex::new([start; 2]));
        let tokens = [1, BURST[1] + 1];
        let refused = Err(Refused::TooLarge(tokens));
        assert_eq!(buckets.take(tokens).await, refused);
        assert_eq!(buckets.take(BURST).await, Ok(()));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
