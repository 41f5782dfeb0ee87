//! A task for each fetch: `cargo run --bin fetch-three-right-way`
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};

async fn fetch_data(item_id: u32) -> String {
    println!("Fetching item {item_id}...");
    sleep(Duration::from_secs(1)).await; // a request to some server
    println!("Item {item_id} fetched");
    format!("Data for item {item_id}")
}

async fn fetch_all() -> Result<Vec<String>, JoinError> {
    // The runtime has all three before the first is awaited.
    let first = tokio::spawn(fetch_data(1));
    let second = tokio::spawn(fetch_data(2));
    let third = tokio::spawn(fetch_data(3));
    let (first, second, third) = (first.await, second.await, third.await);
    Ok(vec![first?, second?, third?])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    let results = fetch_all().await?;
    let took = start.elapsed();
    println!("Results: {results:?}");
    println!("Fetched in {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 1, "three waits at once");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three tasks take as long as one, with results in the order of the awaits.
    #[tokio::test(start_paused = true)]
    async fn three_tasks_take_one_second() -> Result<(), JoinError> {
        let start = Instant::now();
        let results = fetch_all().await?;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        assert_eq!(
            results,
            ["Data for item 1", "Data for item 2", "Data for item 3"]
        );
        Ok(())
    }

    /// Each `spawn` gives the runtime one more task.
    #[tokio::test(start_paused = true)]
    async fn three_spawns_make_three_tasks() {
        let metrics = tokio::runtime::Handle::current().metrics();
        let count = async { metrics.num_alive_tasks() };
        let (_, tasks) = tokio::join!(biased; fetch_all(), count);
        assert_eq!(tasks, 3);
    }
}
