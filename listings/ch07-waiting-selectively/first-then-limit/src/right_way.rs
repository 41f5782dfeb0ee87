//! Each result as it comes: `cargo run --bin first-then-limit-right-way`
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout_at};

/// Item number `n` takes `n` seconds.
async fn fetch(n: u64) -> String {
    println!("Fetching item {n}...");
    sleep(Duration::from_secs(n)).await;
    println!("Item {n} fetched!");
    format!("Data for item {n}")
}

async fn fetch_in_time() -> Result<Vec<String>, JoinError> {
    let mut results = Vec::new();
    let mut fetches: JoinSet<String> = (1..=3).map(fetch).collect();
    if let Some(first) = fetches.join_next().await {
        results.push(first?);
    }
    println!("{} completed, {} pending", results.len(), fetches.len());
    let limit = Instant::now() + Duration::from_millis(1500);
    // Each result is ours before the next is waited for.
    while let Ok(Some(next)) = timeout_at(limit, fetches.join_next()).await {
        results.push(next?);
    }
    println!("{} completed, {} pending", results.len(), fetches.len());
    // Cancels the rest, and waits until it is cancelled.
    fetches.shutdown().await;
    Ok(results)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    let results = fetch_in_time().await?;
    let took = start.elapsed().as_secs_f64();
    println!("All done: {} results after {took:.1} s", results.len());
    assert_eq!(results.len(), 2, "what came in time is kept");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two items come within the limit and are kept.
    #[tokio::test(start_paused = true)]
    async fn two_items_are_kept_after_two_and_a_half_seconds() {
        let start = Instant::now();
        let results = fetch_in_time().await.expect("no panic");
        assert_eq!(results, ["Data for item 1", "Data for item 2"]);
        assert_eq!(start.elapsed(), Duration::from_millis(2500));
        // The third is gone, not only told to go.
        let tasks = tokio::runtime::Handle::current().metrics();
        assert_eq!(tasks.num_alive_tasks(), 0);
    }
}
