//! No retry once a token was shown: `cargo run --bin shown-once-right-way`
use Piece::{Finish, Token};
use backon::{ExponentialBuilder, Retryable};
use futures::stream::{self, BoxStream, StreamExt};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

const IDLE: Duration = Duration::from_secs(30); // for each piece
const LONGEST: Duration = Duration::from_mins(5); // for all of them

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
enum Failed {
    #[error("no answer began")]
    Before,
    #[error("broke off after {0:?}")]
    After(String),
    /// A retry would end in the same way, for the same price.
    #[error("ended by {reason} after {shown:?}")]
    Unfinished { reason: &'static str, shown: String },
}
#[derive(Clone, Copy)]
struct Lost;
#[derive(Clone, Copy)]
enum Piece {
    Token(&'static str),
    Finish(&'static str), // its finish_reason
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

/// Shows an answer. Returns it, if it's whole.
async fn show(mut answer: Answer) -> Result<String, Failed> {
    let mut shown = String::new();
    let end = Instant::now() + LONGEST;
    loop {
        let limit = end.min(Instant::now() + IDLE);
        match timeout_at(limit, answer.next()).await {
            Ok(Some(Ok(Token(token)))) => {
                // Some providers begin with an empty one, which shows nothing.
                if !token.is_empty() {
                    println!("> {token}");
                    shown += token;
                }
            }
            Ok(Some(Ok(Finish("stop")))) if !shown.trim().is_empty() => {
                return Ok(shown);
            }
            // Cut off, or without a word.
            Ok(Some(Ok(Finish(reason)))) => {
                return Err(Failed::Unfinished { reason, shown });
            }
            // Lost, silent, too long, or ended without a reason.
            Ok(Some(Err(Lost)) | None) | Err(_) => {
                return Err(if shown.is_empty() {
                    Failed::Before
                } else {
                    Failed::After(shown)
                });
            }
        }
    }
}

/// Asks until an answer begins. What has begun is never asked for again.
async fn ask(attempts: &[&[Result<Piece, Lost>]]) -> Result<String, Failed> {
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
    let begun = ["Take", " one", " pill"].map(|token| Ok(Token(token)));
    let breaks = [&begun[..], &[Err(Lost)]].concat();
    let whole = [Ok(Token("A")), Ok(Token(" pill")), Ok(Finish("stop"))];
    let answer = ask(&[&[Err(Lost)], &breaks, &whole]).await;
    let error = answer.expect_err("the second attempt broke off");
    println!("Failed: {error}");
    let shown = "Take one pill".to_owned();
    assert_eq!(error, Failed::After(shown), "and the third was not made");
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[Result<Piece, Lost>] =
        &[Ok(Token("A")), Ok(Token(" pill")), Ok(Finish("stop"))];

    fn after(shown: &str) -> Result<String, Failed> {
        Err(Failed::After(shown.to_owned()))
    }

    /// What fails before its first token is asked again, what fails after it
    /// is not. An empty token is none.
    #[tokio::test(start_paused = true)]
    async fn only_an_attempt_that_showed_nothing_is_repeated() {
        let answer = Ok("A pill".to_owned());
        assert_eq!(ask(&[&[Err(Lost)], WHOLE]).await, answer);
        let empty: &[_] = &[Ok(Token("")), Err(Lost)];
        assert_eq!(ask(&[empty, WHOLE]).await, answer);
        let broken: &[_] = &[Ok(Token("A")), Err(Lost)];
        assert_eq!(ask(&[broken, WHOLE]).await, after("A"));
    }

    /// A stream that ends without a `finish_reason` is lost as well.
    #[tokio::test(start_paused = true)]
    async fn an_end_without_a_reason_is_not_an_answer() {
        let silent: &[_] = &[];
        let cut: &[_] = &[Ok(Token("A"))];
        assert_eq!(ask(&[silent, cut]).await, after("A"));
    }

    /// An answer that its limit cut off is not asked for again, even if it
    /// showed nothing.
    #[tokio::test(start_paused = true)]
    async fn an_answer_that_was_cut_off_is_not_repeated() {
        let (reason, shown) = ("length", String::new());
        let cut: &[_] = &[Ok(Finish(reason))];
        let end = Err(Failed::Unfinished { reason, shown });
        assert_eq!(ask(&[cut, WHOLE]).await, end);
    }

    /// Nor is one that stops without a word. It is no answer.
    #[tokio::test(start_paused = true)]
    async fn an_empty_answer_is_none() {
        let (reason, shown) = ("stop", String::new());
        let empty: &[_] = &[Ok(Token("")), Ok(Finish(reason))];
        let end = Err(Failed::Unfinished { reason, shown });
        assert_eq!(ask(&[empty, WHOLE]).await, end);
    }

    /// Silence for longer than the limit is a loss.
    #[tokio::test(start_paused = true)]
    async fn a_stream_that_hangs_is_given_up() {
        let begun = completion(&[Ok(Token("A"))]);
        let hangs = begun.chain(stream::pending()).boxed();
        assert_eq!(show(hangs).await, after("A"));
    }

    /// So is a model that is never silent and never stops.
    #[tokio::test(start_paused = true)]
    async fn a_stream_without_an_end_is_given_up() {
        let start = Instant::now();
        let endless = stream::repeat(Ok(Token(""))).then(async |piece| {
            sleep(IDLE / 2).await;
            piece
        });
        assert_eq!(show(endless.boxed()).await, Err(Failed::Before));
        assert_eq!(start.elapsed(), LONGEST);
    }
}
