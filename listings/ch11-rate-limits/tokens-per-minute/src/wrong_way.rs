//! Only requests count: `cargo run --bin tokens-per-minute-wrong-way`
use futures::future::join_all;
use std::cell::Cell;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

const BURST: u32 = 10_000; // tokens that a full bucket holds
const EACH: Duration = Duration::from_millis(1); // 60 000 a minute
/// One request may be quicker on its way than the one before it.
const SLACK: Duration = Duration::from_millis(50);

#[derive(Debug, PartialEq, thiserror::Error)]
enum Refused {
    #[error("429 Too Many Requests")]
    TooManyTokens,
}

/// Stands for a provider with such a bucket. It knows when it is full again.
struct Server(Cell<Instant>);

impl Server {
    async fn complete(&self, tokens: u32) -> Result<(), Refused> {
        println!("{tokens} tokens sent");
        let now = Instant::now();
        let full = now.max(self.0.get()) + tokens * EACH;
        if full - now > BURST * EACH + SLACK {
            println!("{tokens} tokens got 429");
            return Err(Refused::TooManyTokens);
        }
        self.0.set(full);
        sleep(Duration::from_millis((tokens / 4).into())).await;
        println!("{tokens} tokens answered");
        Ok(())
    }
}

async fn complete_all() -> Vec<Result<(), Refused>> {
    let server = Server(Cell::new(Instant::now()));
    let permits = Semaphore::new(4);
    join_all([6000, 3000, 4000, 600].map(async |tokens| {
        let _permit = permits.acquire().await.expect("never closed");
        server.complete(tokens).await
    }))
    .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let results = complete_all().await;
    let refused = results.iter().filter(|result| result.is_err()).count();
    println!("{} requests, {refused} refused", results.len());
    assert_eq!(refused, 1, "there was room for its request only");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four requests are few, and the third asks for too many tokens.
    #[tokio::test(start_paused = true)]
    async fn the_third_request_is_refused_for_its_tokens() {
        let third = Err(Refused::TooManyTokens);
        assert_eq!(complete_all().await, [Ok(()), Ok(()), third, Ok(())]);
    }
}
