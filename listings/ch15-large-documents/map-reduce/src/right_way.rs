//! Ten chunks, four at a time: `cargo run --bin map-reduce-right-way`
use futures::stream::{self, StreamExt, TryStreamExt};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Milliseconds that the model needs for each chunk.
const CHUNKS: [u64; 10] =
    [1980, 1990, 2010, 2020, 1980, 1990, 2010, 2020, 1980, 2020];
const AT_ONCE: usize = 4;

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("chunk {0} was refused")]
struct Refused(usize);

async fn summarise((i, &ms): (usize, &u64)) -> Result<String, Refused> {
    let chunk = i + 1;
    println!("Chunk {chunk} sent");
    sleep(Duration::from_millis(ms)).await;
    if ms == 0 {
        return Err(Refused(chunk));
    }
    println!("Chunk {chunk} summarised");
    Ok(chunk.to_string())
}

/// One call that makes a summary of all summaries.
async fn reduce(summaries: &[String]) -> String {
    println!("Reducing {}", summaries.len());
    sleep(Duration::from_secs(1)).await;
    println!("Reduced");
    summaries.join(" ")
}

async fn summary(chunks: &[u64]) -> Result<String, Refused> {
    let summaries: Vec<String> = stream::iter(chunks.iter().enumerate())
        .map(summarise)
        .buffered(AT_ONCE) // and handed on in the order of the text
        .try_collect() // the first error drops the calls still under way
        .await?;
    Ok(reduce(&summaries).await)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Refused> {
    let start = Instant::now();
    let summary = summary(&CHUNKS).await?;
    let took = start.elapsed();
    println!("Summary of {summary} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 7, "three rounds, and the reduction");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four at a time, ten chunks and a reduction take 7 s, and stay in order.
    #[tokio::test(start_paused = true)]
    async fn ten_chunks_four_at_a_time_take_seven_seconds() {
        let start = Instant::now();
        let summary = summary(&CHUNKS).await;
        assert_eq!(start.elapsed(), Duration::from_secs(7));
        assert_eq!(summary.as_deref(), Ok("1 2 3 4 5 6 7 8 9 10"));
    }

    /// A chunk that is refused ends it all: no summary with a silent gap.
    #[tokio::test(start_paused = true)]
    async fn a_refused_chunk_is_no_gap_in_the_summary() {
        let chunks = [2000, 2010, 0, 2020];
        assert_eq!(summary(&chunks).await, Err(Refused(3)));
    }

    /// The order is that of the text, though the second is ready first.
    #[tokio::test(start_paused = true)]
    async fn summaries_stand_in_the_order_of_the_text() {
        assert_eq!(summary(&[2000, 500]).await.as_deref(), Ok("1 2"));
    }
}
