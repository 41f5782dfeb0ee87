//! No retry once a token was shown: `cargo run --bin shown-once-right-way`
use Piece::{Stop, Token};
use backon::{ExponentialBuilder, Retryable};
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use std::time::Duration;
use tokio::time::sleep;

#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
enum Failed {
    #[error("connection lost before the answer")]
    Before,
    #[error("connection lost after {0} tokens")]
    After(usize),
}
#[derive(Clone, Copy)]
struct Lost;
#[derive(Clone, Copy)]
enum Piece {
    Token(&'static str),
    Stop, // finish_reason: stop
}

type Answer = BoxStream<'static, Result<Piece, Lost>>;

fn completion(script: &[Result<Piece, Lost>]) -> Answer {
    stream::iter(script.to_vec())
        .then(|piece| async move {
            sleep(Duration::from_millis(100)).await;
            piece
        })
        .boxed()
}

async fn show(mut answer: Answer) -> Result<usize, Failed> {
    let mut shown = 0;
    loop {
        match answer.try_next().await {
            Ok(Some(Token(token))) => println!("> {token}"),
            Ok(Some(Stop)) => return Ok(shown),
            // A stream that ends without a reason has broken off, too.
            Ok(None) | Err(Lost) if shown == 0 => return Err(Failed::Before),
            Ok(None) | Err(Lost) => return Err(Failed::After(shown)),
        }
        shown += 1;
    }
}

/// Asks until an answer begins. What has begun is never asked for again.
async fn ask(attempts: &[&[Result<Piece, Lost>]]) -> Result<usize, Failed> {
    let mut attempts = (1..).zip(attempts);
    let attempt = || {
        let next = attempts.next();
        async move {
            let (number, script) = next.ok_or(Failed::Before)?;
            println!("Attempt {number}");
            show(completion(script)).await
        }
    };
    let plan = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(30)) // a second, in earnest
        .with_max_delay(Duration::from_secs(10))
        .with_max_times(2)
        .with_jitter();
    attempt
        .retry(plan)
        .when(|failed| *failed == Failed::Before)
        .notify(|_, _| println!("Failed: nothing was shown"))
        .await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let begun = ["Take", "one", "pill"].map(|token| Ok(Token(token)));
    let breaks = [&begun[..], &[Err(Lost)]].concat();
    let whole = [Ok(Token("A")), Ok(Token("pill")), Ok(Stop)];
    let answer = ask(&[&[Err(Lost)], &breaks, &whole]).await;
    let error = answer.expect_err("the second attempt broke off");
    println!("Failed: {error}");
    assert_eq!(error, Failed::After(3), "and the third was not made");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What fails before its first token is asked again, what fails after it
    /// is not.
    #[tokio::test(start_paused = true)]
    async fn only_an_attempt_that_showed_nothing_is_repeated() {
        let whole: &[_] = &[Ok(Token("A")), Ok(Token("pill")), Ok(Stop)];
        assert_eq!(ask(&[&[Err(Lost)], whole]).await, Ok(2));
        let broken: &[_] = &[Ok(Token("A")), Err(Lost)];
        assert_eq!(ask(&[broken, whole]).await, Err(Failed::After(1)));
    }

    /// A stream that ends without a `finish_reason` is lost as well.
    #[tokio::test(start_paused = true)]
    async fn an_end_without_a_reason_is_not_an_answer() {
        let silent: &[_] = &[];
        let cut: &[_] = &[Ok(Token("A"))];
        assert_eq!(ask(&[silent, cut]).await, Err(Failed::After(1)));
    }
}
