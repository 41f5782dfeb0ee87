//! One fetch after another: `cargo run --bin fetch-three-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn fetch_data(item_id: u32) -> String {
    println!("Fetching item {item_id}...");
    sleep(Duration::from_secs(1)).await; // a request to some server
    println!("Item {item_id} fetched");
    format!("Data for item {item_id}")
}

async fn fetch_all() -> Vec<String> {
    // Each await ends before the next future is even made.
    let first = fetch_data(1).await;
    let second = fetch_data(2).await;
    let third = fetch_data(3).await;
    vec![first, second, third]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let results = fetch_all().await;
    let took = start.elapsed();
    println!("Results: {results:?}");
    println!("Fetched in {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 3, "three waits in a row");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three fetches in sequence take the sum of their times.
    #[tokio::test(start_paused = true)]
    async fn three_fetches_in_sequence_take_three_seconds() {
        let start = Instant::now();
        assert_eq!(fetch_all().await.len(), 3);
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
}
