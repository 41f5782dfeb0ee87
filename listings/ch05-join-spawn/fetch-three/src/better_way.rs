//! Three futures in one task: `cargo run --bin fetch-three-better-way`
use futures::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn fetch_data(item: u32) -> String {
    println!("Fetching data for item {item}...");
    sleep(Duration::from_secs(1)).await;
    println!("Got item {item}");
    format!("Data for item {item}")
}

async fn fetch_all() -> Vec<String> {
    // No task is made: this one polls all three.
    join_all([1, 2, 3].map(fetch_data)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let results = fetch_all().await;
    let took = start.elapsed();
    println!("Results: {results:?}");
    println!("Time taken: {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 1, "as long as one fetch");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three joined futures take as long as one fetch.
    #[tokio::test(start_paused = true)]
    async fn three_joined_fetches_take_one_second() {
        let start = Instant::now();
        fetch_all().await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }

    /// The results stand in the order of the futures.
    #[tokio::test(start_paused = true)]
    async fn results_stand_in_the_order_of_the_futures() {
        let results = fetch_all().await;
        assert_eq!(results[0], "Data for item 1");
        assert_eq!(results[2], "Data for item 3");
    }
}
