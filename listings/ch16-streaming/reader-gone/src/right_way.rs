//! A model that notices: `cargo run --bin reader-gone-right-way`
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Elapsed, StreamExt};

const TOKENS: u32 = 100;
const PACE: Duration = Duration::from_millis(20);
const IDLE: Duration = Duration::from_secs(30); // of the model, or its reader

/// Starts a completion: its tokens, and a task that knows how many it has
/// generated.
fn completion() -> (ReceiverStream<u32>, JoinHandle<u32>) {
    let (tokens, reader) = mpsc::channel(2);
    let model = tokio::spawn(async move {
        println!("Model writes");
        let start = Instant::now();
        for token in 1..=TOKENS {
            // A reader may go while the model thinks.
            tokio::select! {
                () = tokens.closed() => {
                    println!("Model stops, nobody reads");
                    return token - 1;
                }
                () = sleep_until(start + PACE * token) => {}
            }
            // It was dropped just now, or it neither reads nor goes.
            if let Err(error) = tokens.send_timeout(token, IDLE).await {
                println!("Model stops: {error}");
                return token;
            }
        }
        println!("Model is done");
        TOKENS
    });
    (ReceiverStream::new(reader), model)
}

/// A user reads three tokens and closes the page.
async fn visit() -> Result<u32, Elapsed> {
    let (tokens, model) = completion();
    println!("User reads");
    let read: Result<Vec<u32>, Elapsed> =
        tokens.take(3).timeout(IDLE).collect().await;
    println!("User has read {} tokens and leaves", read?.len());
    Ok(model.await.expect("the model does not panic"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Elapsed> {
    let generated = visit().await?;
    println!("{generated} tokens are generated");
    assert_eq!(generated, 3, "while the fourth was due, nobody was there");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A producer that awaits `closed` stops as soon as its reader goes.
    #[tokio::test(start_paused = true)]
    async fn three_tokens_are_generated() {
        let start = Instant::now();
        assert_eq!(visit().await.expect("it's quick"), 3);
        assert_eq!(start.elapsed(), Duration::from_millis(60));
    }

    /// A reader that neither reads nor goes is given up: two tokens are in the
    /// channel, and the third is in hand.
    #[tokio::test(start_paused = true)]
    async fn a_reader_that_does_not_read_is_given_up() {
        let (start, (tokens, model)) = (Instant::now(), completion());
        assert_eq!(model.await.expect("no panic"), 3);
        assert_eq!(start.elapsed(), PACE * 3 + IDLE);
        drop(tokens);
    }
}
