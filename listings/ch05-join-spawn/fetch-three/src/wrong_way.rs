//! Three fetches in turn: `cargo run --bin fetch-three-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn fetch_data(item: u32) -> String {
    println!("Fetching data for item {item}...");
    sleep(Duration::from_secs(1)).await;
    println!("Got item {item}");
    format!("Data for item {item}")
}

async fn fetch_all() -> [String; 3] {
    // None of these needs another, yet each waits for the one before.
    let one = fetch_data(1).await;
    let two = fetch_data(2).await;
    let three = fetch_data(3).await;
    [one, two, three]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let results = fetch_all().await;
    let took = start.elapsed();
    println!("Results: {results:?}");
    println!("Time taken: {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 3, "one second each");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three fetches in turn take three times as long as one.
    #[tokio::test(start_paused = true)]
    async fn three_fetches_in_turn_take_three_seconds() {
        let start = Instant::now();
        fetch_all().await;
        assert_eq!(start.elapsed(), Duration::from_secs(3));
    }
}
