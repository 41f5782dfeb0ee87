//! A retry in mid-sentence: `cargo run --bin shown-once-wrong-way`
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use std::time::Duration;
use tokio::time::sleep;

#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("connection lost")]
struct Lost;

type Tokens = BoxStream<'static, Result<&'static str, Lost>>;

/// The first attempt breaks off in mid-sentence, the second is whole.
fn completion(attempt: u32) -> Tokens {
    let script = match attempt {
        1 => vec![Ok("Take"), Ok("one"), Ok("pill"), Err(Lost)],
        _ => vec![Ok("A"), Ok("pill"), Ok("each"), Ok("morning")],
    };
    stream::iter(script)
        .then(|token| async move {
            sleep(Duration::from_millis(100)).await;
            token
        })
        .boxed()
}

async fn show(attempt: u32, shown: &mut Vec<&str>) -> Result<(), Lost> {
    let mut tokens = completion(attempt);
    while let Some(token) = tokens.try_next().await? {
        println!("> {token}");
        shown.push(token);
    }
    Ok(())
}

/// What the user has read in the end.
async fn ask() -> Result<Vec<&'static str>, Lost> {
    let mut shown = Vec::new();
    for attempt in 1..=3 {
        println!("Attempt {attempt}");
        match show(attempt, &mut shown).await {
            Ok(()) => return Ok(shown),
            Err(lost) => println!("Failed: {lost}"),
        }
        sleep(Duration::from_millis(250)).await;
    }
    Err(Lost)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Lost> {
    let shown = ask().await?.join(" ");
    println!("The user reads: {shown}");
    assert_eq!(shown, "Take one pill A pill each morning");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A retry after the first token shows two answers as one.
    #[tokio::test(start_paused = true)]
    async fn two_answers_are_shown_as_one() {
        let shown = ask().await.expect("the second attempt is whole");
        assert_eq!(shown[..3], ["Take", "one", "pill"]);
        assert_eq!(shown[3..], ["A", "pill", "each", "morning"]);
    }
}
