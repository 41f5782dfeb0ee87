//! A limit for each wait: `cargo run --bin idle-limit-better-way`
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_stream::{Stream, StreamExt, iter, pending};

const FIRST: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(1);
const TOTAL: Duration = Duration::from_mins(1);

#[derive(Debug, PartialEq, thiserror::Error)]
enum Late {
    #[error("no first token")]
    Silent,
    #[error("stalled after {0} tokens")]
    Stalled(usize),
    #[error("not done in the time we have")]
    Endless,
}

async fn read(tokens: impl Stream<Item = usize>) -> Result<usize, Late> {
    let mut tokens = pin!(tokens);
    let all = async {
        // A model may think for a while before its first token.
        let first = timeout(FIRST, tokens.next()).await;
        if first.map_err(|_| Late::Silent)?.is_none() {
            return Ok(0);
        }
        let mut received = 1;
        // An adapter: what does not come in time is an error of the stream.
        let mut rest = pin!(tokens.timeout(IDLE));
        while let Some(token) = rest.next().await {
            token.map_err(|_| Late::Stalled(received))?;
            received += 1;
        }
        Ok(received)
    };
    // A model may also never stop talking.
    let end = Instant::now() + TOTAL;
    timeout_at(end, all).await.unwrap_or(Err(Late::Endless))
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    println!("Asking a server that will stall");
    let five = iter(1..=5).throttle(Duration::from_millis(125));
    let error = read(five.chain(pending())).await;
    println!("Other answer: {error:?}");
    assert_eq!(error, Err(Late::Stalled(5)), "a second without a token");
}

#[cfg(test)]
mod tests {
    use super::*;
    const HALF: Duration = Duration::from_millis(500);

    /// Silence before the first token may last five seconds, after it one,
    /// and an answer that never ends has a minute.
    #[tokio::test(start_paused = true)]
    async fn each_wait_has_a_limit_of_its_own() {
        let start = Instant::now();
        assert_eq!(read(pending()).await, Err(Late::Silent));
        assert_eq!(start.elapsed(), FIRST);
        let stalled = iter([1]).chain(pending());
        assert_eq!(read(stalled).await, Err(Late::Stalled(1)));
        assert_eq!(start.elapsed(), FIRST + IDLE);
        assert_eq!(read(iter(1..).throttle(HALF)).await, Err(Late::Endless));
        assert_eq!(start.elapsed(), FIRST + IDLE + TOTAL);
        assert_eq!(read(iter(1..=9).throttle(HALF)).await, Ok(9));
    }
}
