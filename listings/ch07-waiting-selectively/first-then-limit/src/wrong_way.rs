//! One limit around everything: `cargo run --bin first-then-limit-wrong-way`
use futures::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Item number `n` takes `n` seconds.
async fn fetch(n: u64) -> String {
    println!("Fetching item {n} (delay: {n} s)...");
    sleep(Duration::from_secs(n)).await;
    println!("Item {n} fetched!");
    format!("Data for item {n}")
}

async fn fetch_in_time() -> Vec<String> {
    let all = join_all((1..=3).map(fetch));
    // When the time is up, `all` is dropped, with two results inside it.
    timeout(Duration::from_millis(2500), all)
        .await
        .unwrap_or_default()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let results = fetch_in_time().await;
    let took = start.elapsed().as_secs_f64();
    println!("All done: {} results after {took:.1} s", results.len());
    assert!(results.is_empty(), "two items were fetched and thrown away");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A limit around the whole loses what was done within it.
    #[tokio::test(start_paused = true)]
    async fn two_fetched_items_are_lost() {
        let start = Instant::now();
        assert_eq!(fetch_in_time().await.len(), 0);
        assert_eq!(start.elapsed(), Duration::from_millis(2500));
    }
}
