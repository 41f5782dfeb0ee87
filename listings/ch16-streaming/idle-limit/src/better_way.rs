//! Each wait has its limit: `cargo run --bin idle-limit-better-way`
use Event::{Finish, Token};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_stream::{Stream, StreamExt, iter, pending};

const FIRST: Duration = Duration::from_secs(4);
const IDLE: Duration = Duration::from_secs(1);
const TOTAL: Duration = Duration::from_secs(5);
const MAX_TOKENS: usize = 60;
const PACE: Duration = Duration::from_millis(15);

#[derive(Clone, Copy)]
enum Event {
    Token,
    Finish(&'static str),
}

#[derive(Debug, PartialEq, thiserror::Error)]
enum Failed {
    #[error("no first token")]
    Silent,
    #[error("stalled")]
    Stalled,
    #[error("not done by the deadline")]
    Late,
    #[error("broke off")]
    BrokeOff,
    #[error("cut off: {0}")]
    Unfinished(&'static str),
}

/// Counts the tokens in `received`: they are paid for, whatever comes of them.
/// The limits begin at `sent`, with the question, and not with the response.
async fn read(
    sent: Instant,
    events: impl Stream<Item = Event>,
    received: &mut usize,
) -> Result<(), Failed> {
    let mut events = pin!(events);
    let all = async {
        let mut limit = (sent + FIRST, Failed::Silent);
        loop {
            match timeout_at(limit.0, events.next()).await {
                Ok(Some(Token)) => *received += 1,
                Ok(Some(Finish("stop"))) => return Ok(()),
                Ok(Some(Finish(why))) => return Err(Failed::Unfinished(why)),
                Ok(None) => return Err(Failed::BrokeOff),
                Err(_) => return Err(limit.1),
            }
            // From its first token on, a model is quicker.
            limit = (Instant::now() + IDLE, Failed::Stalled);
        }
    };
    // A model that never stops is never silent.
    timeout_at(sent + TOTAL, all)
        .await
        .unwrap_or(Err(Failed::Late))
}

/// A model that repeats itself, as long as its output limit lets it.
fn endless(pace: Duration, max_tokens: usize) -> impl Stream<Item = Event> {
    let tokens = iter(0..max_tokens).map(|_| Token).throttle(pace);
    tokens.chain(iter([Finish("length")]))
}

async fn show(name: &str, events: impl Stream<Item = Event>) -> Failed {
    println!("Asking {name}");
    let (sent, mut paid) = (Instant::now(), 0);
    let end = read(sent, events, &mut paid).await;
    let failed = end.expect_err("neither of the two answers is whole");
    println!("From {name}: {failed}, {paid} tokens are paid");
    failed
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let five = iter([Token; 5]).throttle(Duration::from_millis(125));
    let (stalled, endless) = tokio::join!(
        show("a server that will stall", five.chain(pending())),
        show("a model that never stops", endless(PACE, MAX_TOKENS)),
    );
    assert_eq!(stalled, Failed::Stalled, "a second without a token");
    assert_eq!(endless, Failed::Unfinished("length"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    /// Silence before the first token may last four seconds, after it one.
    #[tokio::test(start_paused = true)]
    async fn each_wait_has_a_limit_of_its_own() {
        let start = Instant::now();
        let silent = read(start, pending(), &mut 0).await;
        assert_eq!((silent, start.elapsed()), (Err(Failed::Silent), FIRST));
        let start = Instant::now();
        let begun = iter([Token]).chain(pending());
        let stalled = read(start, begun, &mut 0).await;
        assert_eq!((stalled, start.elapsed()), (Err(Failed::Stalled), IDLE));
        let whole = iter([Token, Finish("stop")]);
        assert_eq!(read(start, whole, &mut 0).await, Ok(()));
        let broken = read(start, iter([Token]), &mut 0).await;
        assert_eq!(broken, Err(Failed::BrokeOff));
    }

    /// What the head of the response took counts: a second of the four.
    #[tokio::test(start_paused = true)]
    async fn the_limits_begin_when_the_question_is_sent() {
        let sent = Instant::now();
        sleep(Duration::from_secs(1)).await;
        let silent = read(sent, pending(), &mut 0).await;
        assert_eq!((silent, sent.elapsed()), (Err(Failed::Silent), FIRST));
    }

    /// Before the same deadline, a model that is five times as fast costs nearly
    /// five times as much. An output limit costs the same with both.
    #[tokio::test(start_paused = true)]
    async fn a_deadline_bounds_the_time_and_an_output_limit_the_cost() {
        let slow = Duration::from_millis(70);
        for (pace, paid) in [(slow, 72), (slow / 5, 358)] {
            let mut received = 0;
            let (sent, all) = (Instant::now(), endless(pace, usize::MAX));
            let late = read(sent, all, &mut received).await;
            assert_eq!((late, received), (Err(Failed::Late), paid));
            let mut received = 0;
            let (sent, some) = (Instant::now(), endless(pace, MAX_TOKENS));
            let cut = read(sent, some, &mut received).await;
            assert_eq!(cut, Err(Failed::Unfinished("length")));
            assert_eq!(received, MAX_TOKENS);
        }
    }
}
