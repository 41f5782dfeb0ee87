//! Async blocks and closures: `cargo run --bin async-block-right-way`
use std::error::Error;
use std::num::ParseIntError;
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn complete(prompt: &str) -> String {
    println!("Asking: {prompt}");
    sleep(Duration::from_millis(500)).await; // the model's part
    println!("Answered: {prompt}");
    "7".to_owned()
}

async fn rate() -> Result<u32, Box<dyn Error>> {
    let prompt = "Rate the summary.".to_owned();
    // A block is a future: as lazy as a call, and it may borrow `prompt`.
    let score = async {
        let score: u32 = complete(&prompt).await.parse()?; // leaves it
        Ok::<_, ParseIntError>(score)
    };
    let score = score.await?;
    // `move` gives it `prompt`, so that it may outlive this function.
    let again = async move { complete(&prompt).await.parse::<u32>() };
    // An async closure makes a new future at each call.
    let check = async |prompt: &str| complete(prompt).await.parse::<u32>();
    Ok(score + again.await? + check("Rate the title.").await?)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let sum = rate().await?;
    let took = start.elapsed();
    println!("Sum of the scores: {sum}");
    println!("Done after {:.1} s", took.as_secs_f64());
    assert_eq!(sum, 21, "seven three times");
    assert!((1500..2500).contains(&took.as_millis()), "in turn");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two blocks and a closure, awaited in turn, take the sum.
    #[tokio::test(start_paused = true)]
    async fn three_calls_in_turn_take_one_and_a_half_seconds() {
        let start = Instant::now();
        assert_eq!(rate().await.expect("three numbers"), 21);
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
    }

    /// A `?` leaves the block, and the function around it goes on.
    #[tokio::test]
    async fn a_question_mark_leaves_only_its_block() {
        let score = async {
            let score: u32 = "ten".parse()?;
            Ok::<_, ParseIntError>(score)
        };
        assert!(score.await.is_err());
    }
}
