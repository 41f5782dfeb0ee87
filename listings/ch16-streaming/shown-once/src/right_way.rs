//! No retry once a token was shown: `cargo run --bin shown-once-right-way`
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

type Tokens = BoxStream<'static, Result<&'static str, Lost>>;

fn completion(script: &[Result<&'static str, Lost>]) -> Tokens {
    stream::iter(script.to_vec())
        .then(|token| async move {
            sleep(Duration::from_millis(100)).await;
            token
        })
        .boxed()
}

async fn show(mut tokens: Tokens) -> Result<usize, Failed> {
    let mut shown = 0;
    loop {
        match tokens.try_next().await {
            Ok(Some(token)) => println!("> {token}"),
            Ok(None) => return Ok(shown),
            Err(Lost) if shown == 0 => return Err(Failed::Before),
            Err(Lost) => return Err(Failed::After(shown)),
        }
        shown += 1;
    }
}

/// Asks until an answer begins; what has begun is never asked for again.
async fn ask(
    attempts: &[&[Result<&'static str, Lost>]],
) -> Result<usize, Failed> {
    for (number, script) in (1..).zip(attempts) {
        println!("Attempt {number}");
        match show(completion(script)).await {
            Err(Failed::Before) => println!("Failed: nothing was shown"),
            other => return other,
        }
        sleep(Duration::from_millis(250)).await;
    }
    Err(Failed::Before)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let breaks = [Ok("Take"), Ok("one"), Ok("pill"), Err(Lost)];
    let whole = [Ok("A"), Ok("pill"), Ok("each"), Ok("morning")];
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
        let whole: &[_] = &[Ok("A"), Ok("pill")];
        assert_eq!(ask(&[&[Err(Lost)], whole]).await, Ok(2));
        let broken: &[_] = &[Ok("A"), Err(Lost)];
        assert_eq!(ask(&[broken, whole]).await, Err(Failed::After(1)));
    }
}
