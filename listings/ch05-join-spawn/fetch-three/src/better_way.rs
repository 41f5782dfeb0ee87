//! Three fetches, no task: `cargo run --bin fetch-three-better-way`
use futures::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn fetch_data(item_id: u32) -> String {
    println!("Fetching item {item_id}...");
    sleep(Duration::from_secs(1)).await; // a request to some server
    println!("Item {item_id} fetched");
    format!("Data for item {item_id}")
}

async fn fetch_all() -> Vec<String> {
    // Each call makes a future and runs nothing yet. One await drives all
    // three, and gives their results in the order of the input.
    join_all([1, 2, 3].map(fetch_data)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let results = fetch_all().await;
    let took = start.elapsed();
    println!("Results: {results:?}");
    println!("Fetched in {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 1, "three waits at once");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three joined fetches take as long as one, with results in input order.
    #[tokio::test(start_paused = true)]
    async fn three_joined_fetches_take_one_second() {
        let start = Instant::now();
        let results = fetch_all().await;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        assert_eq!(
            results,
            ["Data for item 1", "Data for item 2", "Data for item 3"]
        );
    }

    /// Joining spawns nothing: all three run inside the caller.
    #[tokio::test(start_paused = true)]
    async fn a_join_makes_no_task() {
        let metrics = tokio::runtime::Handle::current().metrics();
        let count = async { metrics.num_alive_tasks() };
        let (_, tasks) = tokio::join!(biased; fetch_all(), count);
        assert_eq!(tasks, 0);
    }
}
