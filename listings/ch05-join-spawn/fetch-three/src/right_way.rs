//! Three tasks: `cargo run --bin fetch-three-right-way`
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};

async fn fetch_data(item: u32) -> String {
    println!("Fetching data for item {item}...");
    sleep(Duration::from_secs(1)).await;
    println!("Got item {item}");
    format!("Data for item {item}")
}

async fn fetch_all() -> Result<[String; 3], JoinError> {
    // Three tasks, all under way before the first await.
    let one = tokio::spawn(fetch_data(1));
    let two = tokio::spawn(fetch_data(2));
    let three = tokio::spawn(fetch_data(3));
    Ok([one.await?, two.await?, three.await?])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    let results = fetch_all().await?;
    let took = start.elapsed();
    println!("Results: {results:?}");
    println!("Time taken: {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 1, "as long as one fetch");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three tasks take as long as one fetch.
    #[tokio::test(start_paused = true)]
    async fn three_tasks_take_one_second() {
        let start = Instant::now();
        fetch_all().await.expect("no panic");
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
