//! Ten chunks, one at a time: `cargo run --bin map-reduce-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Milliseconds that the model needs for each chunk.
const CHUNKS: [u64; 10] =
    [1980, 1990, 2010, 2020, 1980, 1990, 2010, 2020, 1980, 2020];

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
    let mut summaries = Vec::new();
    for chunk in chunks.iter().enumerate() {
        summaries.push(summarise(chunk).await?);
    }
    Ok(reduce(&summaries).await)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Refused> {
    let start = Instant::now();
    let summary = summary(&CHUNKS).await?;
    let took = start.elapsed();
    println!("Summary of {summary} after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 21, "ten chunks in turn, and the reduction");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten chunks in turn and a reduction take 21 s.
    #[tokio::test(start_paused = true)]
    async fn ten_chunks_in_turn_take_twenty_one_seconds() {
        let start = Instant::now();
        let summary = summary(&CHUNKS).await;
        assert_eq!(start.elapsed(), Duration::from_secs(21));
        assert_eq!(summary.as_deref(), Ok("1 2 3 4 5 6 7 8 9 10"));
    }
}
