//! What isn't asked for isn't read: `cargo run --bin unbounded-stream-right-way`
use futures::{Stream, StreamExt, TryStreamExt, stream};
use llm_client::{Error, Limits, pieces};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use tokio::time::sleep;

const EVENT: &str = "data: {\"id\":\"1\",\"object\":\"chat.completion.chunk\",\
    \"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\
    \"delta\":{\"content\":\"ha\"},\"finish_reason\":null}]}\n\n";

/// A model that can't stop, and writes as fast as it is read. Counts.
fn body(
    written: Arc<AtomicUsize>,
) -> impl Stream<Item = Result<&'static str, Infallible>> {
    stream::iter(0..20_000).map(move |_| {
        written.fetch_add(1, Relaxed);
        Ok(EVENT)
    })
}

/// Reads one token, and thinks about it for a second. How many were taken from
/// the model by then.
async fn taken() -> Result<usize, Error> {
    let written = Arc::new(AtomicUsize::new(0));
    let mut answer = pieces(body(Arc::clone(&written)), Limits::default());
    answer.try_next().await?;
    // No task reads on: the rest stays where it is until we ask.
    sleep(Duration::from_secs(1)).await;
    Ok(written.load(Relaxed))
}

/// The clock stands still: a second takes none.
#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Error> {
    let taken = taken().await?;
    println!("1 token was read, {taken} event was taken");
    assert_eq!(taken, 1, "as many as were asked for");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use llm_client::Cause;

    /// While the reader sleeps, nothing more is read.
    #[tokio::test(start_paused = true)]
    async fn one_event_is_taken_while_the_reader_sleeps() {
        assert_eq!(taken().await.expect("it begins"), 1);
    }

    /// A model that can't stop is stopped at the limit on its text.
    #[tokio::test(start_paused = true)]
    async fn an_answer_has_a_limit() {
        let limits = Limits {
            text_bytes: 1000,
            ..Limits::default()
        };
        let answer = pieces(body(Arc::default()), limits);
        let error = llm_client::whole(answer).await.expect_err("it is long");
        assert_eq!(error.cause, Cause::TooLarge("the answer", 1000));
    }

    /// A stream that ends without a `finish_reason` is no answer.
    #[tokio::test(start_paused = true)]
    async fn an_answer_that_is_cut_off_is_an_error() {
        let answer = pieces(body(Arc::default()), Limits::default());
        let error = llm_client::whole(answer).await.expect_err("no end");
        assert!(matches!(error.cause, Cause::Lost(_)), "{error}");
    }
}
