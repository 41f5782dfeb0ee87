//! A second call for one that is slow.

use llm_client::Error;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

// ANCHOR: hedge
/// Runs `first`; once it has taken longer than `after`, a second call beside it,
/// if there may be one at that moment. The first success is the answer, and the
/// other call is dropped.
///
/// # Errors
/// The error of the first: at once, if there is no second or if it would meet
/// with the same, and else when both have failed.
pub async fn hedged<T, S: Future<Output = Result<T, Error>>>(
    after: Duration,
    first: impl Future<Output = Result<T, Error>>,
    second: impl FnOnce() -> Option<S>,
) -> Result<T, Error> {
    let mut first = pin!(first);
    // By reference: `timeout` drops what it is given, and this call goes on.
    if let Ok(answer) = timeout(after, first.as_mut()).await {
        return answer;
    }
    // Nobody waits until there may be one: `first` would fail unseen.
    let Some(second) = second() else {
        return first.await;
    };
    let mut second = pin!(second);
    tokio::select! {
        biased;
        answer = first.as_mut() => match answer {
            Err(error) if error.is_transient() => {
                second.await.map_err(|_| error)
            }
            answered_or_final => answered_or_final,
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
    use llm_client::Cause;
    use std::cell::Cell;
    use tokio::time::{Instant, sleep};

    type Answer = Result<&'static str, Error>;

    /// One that may pass, and says which call it is of.
    fn lost(name: &str) -> Answer {
        Err(Error::head(Cause::Lost(name.to_owned())))
    }

    fn no_key() -> Answer {
        Err(Error::head(Cause::Unsendable("no key".to_owned())))
    }

    async fn call(ms: u64, answer: Answer) -> Answer {
        sleep(Duration::from_millis(ms)).await;
        answer
    }

    /// The answer, when it was there in milliseconds, and how many calls began.
    async fn run(
        first: (u64, Answer),
        second: Option<(u64, Answer)>,
    ) -> (Answer, u128, u32) {
        let (start, calls) = (Instant::now(), Cell::new(1));
        let first = call(first.0, first.1);
        let second = || {
            let (ms, answer) = second?;
            calls.set(calls.get() + 1);
            Some(call(ms, answer))
        };
        let answer = hedged(Duration::from_secs(2), first, second).await;
        (answer, start.elapsed().as_millis(), calls.get())
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_in_time_is_asked_once() {
        let ran = run((1900, Ok("first")), Some((100, Ok("second")))).await;
        assert_eq!(ran, (Ok("first"), 1900, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_call_gets_a_second_that_may_win() {
        let slow = (10_000, Ok("first"));
        let ran = run(slow, Some((1000, Ok("second")))).await;
        assert_eq!(ran, (Ok("second"), 3000, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_is_still_welcome() {
        let ran = run((2500, Ok("first")), Some((1000, Ok("second")))).await;
        assert_eq!(ran, (Ok("first"), 2500, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn one_failure_leaves_the_other() {
        let second = Some((1000, Ok("second")));
        let ran = run((2500, lost("first")), second).await;
        assert_eq!(ran, (Ok("second"), 3000, 2));
        let second = Some((1000, lost("second")));
        let ran = run((4000, Ok("first")), second).await;
        assert_eq!(ran, (Ok("first"), 4000, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn of_two_failures_the_first_call_s_is_told() {
        for ms in [100, 9000] {
            let second = Some((ms, lost("second")));
            let ran = run((4000, lost("first")), second).await;
            assert_eq!(ran.0, lost("first"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_early_failure_is_no_matter_of_hedging() {
        let second = Some((1000, Ok("second")));
        let ran = run((500, lost("first")), second).await;
        assert_eq!(ran, (lost("first"), 500, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_second_the_first_s_error_is_told_at_once() {
        let ran = run((2500, lost("first")), None).await;
        assert_eq!(ran, (lost("first"), 2500, 1));
    }

    /// The second would say the same, some time later.
    #[tokio::test(start_paused = true)]
    async fn what_stays_is_not_waited_for_twice() {
        let ran = run((2500, no_key()), Some((9000, no_key()))).await;
        assert_eq!(ran, (no_key(), 2500, 2));
    }
}
