//! A stream that its reader drives: `cargo run --bin reader-gone-better-way`
use futures::{Stream, StreamExt, stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::{error::Elapsed, sleep, timeout};

const TOKENS: usize = 100;
const LIMIT: Duration = Duration::from_secs(30); // for what is read

/// A completion without a task: it goes on only when its reader asks for the
/// next token. `generated` counts the tokens that were generated.
fn completion(generated: Arc<AtomicUsize>) -> impl Stream<Item = usize> {
    stream::iter(1..=TOKENS).then(move |token| {
        let generated = Arc::clone(&generated);
        async move {
            sleep(Duration::from_millis(20)).await;
            generated.fetch_add(1, Relaxed);
            token
        }
    })
}

/// A user reads three tokens and closes the page.
async fn visit() -> Result<usize, Elapsed> {
    let generated = Arc::new(AtomicUsize::new(0));
    println!("Model writes");
    let tokens = completion(Arc::clone(&generated));
    println!("User reads");
    // With three tokens `collect` is done, and drops the stream.
    let read: Vec<usize> = timeout(LIMIT, tokens.take(3).collect()).await?;
    println!("User has read {} tokens and leaves", read.len());
    Ok(generated.load(Relaxed))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Elapsed> {
    let generated = visit().await?;
    println!("{generated} tokens are generated");
    assert_eq!(generated, 3, "none is made before it is asked for");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    /// A stream that its reader drives generates what is read, and no more.
    #[tokio::test(start_paused = true)]
    async fn three_tokens_are_generated() {
        let start = Instant::now();
        assert_eq!(visit().await.expect("it's quick"), 3);
        assert_eq!(start.elapsed(), Duration::from_millis(60));
    }
}
