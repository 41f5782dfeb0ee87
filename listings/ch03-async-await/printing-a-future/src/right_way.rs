//! Printing the result: `cargo run --bin printing-a-future-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn get_data() -> Vec<u32> {
    println!("Fetching data...");
    sleep(Duration::from_secs(1)).await;
    println!("Data retrieved!");
    vec![1, 2, 3]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    // The type changes at `.await`: from the future to what it returns.
    let result = get_data().await;
    println!("Result: {result:?}");
    let took = start.elapsed();
    assert_eq!(took.as_secs(), 1, "as long as the fetch");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An awaited call gives the data, after the time that it takes.
    #[tokio::test(start_paused = true)]
    async fn the_data_comes_after_one_second() {
        let start = Instant::now();
        assert_eq!(get_data().await, [1, 2, 3]);
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
