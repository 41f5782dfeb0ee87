//! A limit on the silence: `cargo run --bin idle-limit-right-way`
use futures::{Stream, StreamExt, stream};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

const IDLE: Duration = Duration::from_secs(1);
const MS: fn(u64) -> Duration = Duration::from_millis;

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("stalled after {received} tokens")]
struct Stalled {
    received: usize,
}

/// `tokens` tokens: the first after `first`, then one every `next`.
fn completion(
    first: Duration,
    next: Duration,
    tokens: usize,
) -> impl Stream<Item = usize> {
    let start = (Instant::now() + first, 1);
    stream::unfold(start, move |(due, token)| async move {
        if token > tokens {
            return None;
        }
        sleep_until(due).await;
        Some((token, (due + next, token + 1)))
    })
}

async fn read(tokens: impl Stream<Item = usize>) -> Result<usize, Stalled> {
    let mut received = 0;
    let mut tokens = pin!(tokens);
    loop {
        // Each token starts the limit anew, so that its length is no matter.
        match timeout(IDLE, tokens.next()).await {
            Ok(Some(_)) => received += 1,
            Ok(None) => return Ok(received),
            Err(_) => return Err(Stalled { received }),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let long = async {
        println!("Asking for a long answer");
        let answer = read(completion(MS(200), MS(95), 41)).await;
        println!("Long answer: {answer:?}");
        answer
    };
    let stalled = async {
        println!("Asking a server that will stall");
        let five = completion(MS(100), MS(100), 5);
        let answer = read(five.chain(stream::pending())).await;
        println!("Other answer: {answer:?}");
        answer
    };
    let (long, stalled) = tokio::join!(long, stalled);
    assert_eq!(stalled, Err(Stalled { received: 5 }));
    assert_eq!(long, Ok(41), "it was never silent for long");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A healthy stream of four seconds comes to its end; a stall after half
    /// a second is caught one second later.
    #[tokio::test(start_paused = true)]
    async fn a_long_stream_ends_and_a_stalled_one_is_caught() {
        let start = Instant::now();
        assert_eq!(read(completion(MS(200), MS(95), 41)).await, Ok(41));
        assert_eq!(start.elapsed(), Duration::from_secs(4));
        let start = Instant::now();
        let stalled = completion(MS(100), MS(100), 5).chain(stream::pending());
        assert_eq!(read(stalled).await, Err(Stalled { received: 5 }));
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
    }
}
