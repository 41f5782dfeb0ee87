//! A limit on the silence: `cargo run --bin idle-limit-right-way`
use Event::{Stop, Token};
use futures::{Stream, StreamExt, stream};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout};

const IDLE: Duration = Duration::from_secs(1);
const MS: fn(u64) -> Duration = Duration::from_millis;

/// What a provider sends: tokens, and `finish_reason: stop` behind the last.
#[derive(Clone, Copy)]
enum Event {
    Token(usize),
    Stop,
}

#[derive(Debug, PartialEq, thiserror::Error)]
enum Failed {
    #[error("stalled after {} tokens", .0.len())]
    Stalled(Vec<usize>),
    #[error("broke off after {} tokens", .0.len())]
    BrokeOff(Vec<usize>),
}

/// `tokens` tokens: the first after `first`, then one every `next`.
fn completion(
    first: Duration,
    next: Duration,
    tokens: usize,
) -> impl Stream<Item = Event> {
    let start = (Instant::now() + first, 1);
    stream::unfold(start, move |(due, token)| async move {
        if token > tokens {
            return None;
        }
        sleep_until(due).await;
        Some((Token(token), (due + next, token + 1)))
    })
}

/// A model that is never silent has no limit here, and the first token has the
/// same as all others: the better way has both.
async fn read(events: impl Stream<Item = Event>) -> Result<usize, Failed> {
    let mut received = Vec::new();
    let mut events = pin!(events);
    loop {
        // Each event starts the limit again, however long the answer is.
        match timeout(IDLE, events.next()).await {
            Ok(Some(Token(token))) => received.push(token),
            // Only this is the end of an answer. The end of the stream isn't.
            Ok(Some(Stop)) => return Ok(received.len()),
            Ok(None) => return Err(Failed::BrokeOff(received)),
            Err(_) => return Err(Failed::Stalled(received)),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let long = async {
        println!("Asking for a long answer");
        let tokens = completion(MS(200), MS(95), 41);
        let answer = read(tokens.chain(stream::iter([Stop]))).await;
        println!("Long answer: {answer:?}");
        answer
    };
    let stalled = async {
        println!("Asking a server that will stall");
        let tokens = completion(MS(100), MS(100), 5);
        let answer = read(tokens.chain(stream::pending())).await;
        println!("Other answer: {answer:?}");
        answer
    };
    let (long, stalled) = tokio::join!(long, stalled);
    assert_eq!(stalled, Err(Failed::Stalled(vec![1, 2, 3, 4, 5])));
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
        let long = completion(MS(200), MS(95), 41).chain(stream::iter([Stop]));
        assert_eq!(read(long).await, Ok(41));
        assert_eq!(start.elapsed(), Duration::from_secs(4));
        let start = Instant::now();
        let stalled = completion(MS(100), MS(100), 2).chain(stream::pending());
        assert_eq!(read(stalled).await, Err(Failed::Stalled(vec![1, 2])));
        assert_eq!(start.elapsed(), Duration::from_millis(1200));
    }

    /// A stream that ends without a `finish_reason` is not an answer.
    #[tokio::test(start_paused = true)]
    async fn an_answer_that_breaks_off_is_not_whole() {
        let broken = completion(MS(100), MS(100), 2);
        assert_eq!(read(broken).await, Err(Failed::BrokeOff(vec![1, 2])));
    }
}
