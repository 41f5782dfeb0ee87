//! A second call for one that is slow.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

// ANCHOR: hedge
/// Runs `first`; once it has taken longer than `after`, `second` beside it. The
/// first success is the answer, and the other call is dropped.
///
/// # Errors
/// If both fail, the error of the first: `second` may have failed for reasons of
/// its own, such as that there is no room for it.
pub async fn hedged<T, E>(
    after: Duration,
    first: impl Future<Output = Result<T, E>>,
    second: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let mut first = pin!(first);
    // By reference: `timeout` drops what it is given, and this call goes on.
    if let Ok(answer) = timeout(after, first.as_mut()).await {
        return answer;
    }
    // A future is lazy, so nothing of `second` has happened until here.
    let mut second = pin!(second);
    tokio::select! {
        biased;
        answer = first.as_mut() => match answer {
            Ok(answer) => Ok(answer),
            Err(error) => second.await.map_err(|_| error),
        },
        answer = second.as_mut() => match answer {
            Ok(answer) => Ok(answer),
            Err(_) => first.await,
        },
    }
}
// ANCHOR_END: hedge

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use tokio::time::{Instant, sleep};

    async fn call(
        name: &'static str,
        ms: u64,
        succeeds: bool,
    ) -> Result<&'static str, &'static str> {
        sleep(Duration::from_millis(ms)).await;
        if succeeds { Ok(name) } else { Err(name) }
    }

    /// The answer, when it was there in milliseconds, and how many calls began.
    async fn run(
        first: (u64, bool),
        second: (u64, bool),
    ) -> (Result<&'static str, &'static str>, u128, u32) {
        let (start, calls) = (Instant::now(), Cell::new(0));
        let begin = |name, (ms, succeeds)| {
            let calls = &calls;
            async move {
                calls.set(calls.get() + 1);
                call(name, ms, succeeds).await
            }
        };
        let after = Duration::from_secs(2);
        let answer =
            hedged(after, begin("first", first), begin("second", second));
        let answer = answer.await;
        (answer, start.elapsed().as_millis(), calls.get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_in_time_is_asked_once() {
        let ran = run((1900, true), (100, true)).await;
        assert_eq!(ran, (Ok("first"), 1900, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_call_gets_a_second_that_may_win() {
        let ran = run((10_000, true), (1000, true)).await;
        assert_eq!(ran, (Ok("second"), 3000, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_is_still_welcome() {
        let ran = run((2500, true), (1000, true)).await;
        assert_eq!(ran, (Ok("first"), 2500, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn one_failure_leaves_the_other() {
        let ran = run((2500, false), (1000, true)).await;
        assert_eq!(ran, (Ok("second"), 3000, 2));
        let ran = run((4000, true), (1000, false)).await;
        assert_eq!(ran, (Ok("first"), 4000, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_failures_the_first_call_s_is_told() {
        for second in [100, 9000] {
            let ran = run((4000, false), (second, false)).await;
            assert_eq!(ran.0, Err("first"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_early_failure_is_no_matter_of_hedging() {
        let ran = run((500, false), (1000, true)).await;
        assert_eq!(ran, (Err("first"), 500, 1));
    }
}
