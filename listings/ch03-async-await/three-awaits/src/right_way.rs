//! Three awaits in one function: `cargo run --bin three-awaits-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn process_data() -> (Vec<u32>, [Duration; 3]) {
    let start = Instant::now();
    println!("Step 1: Fetching raw data...");
    sleep(Duration::from_secs(1)).await; // stands for the network
    let raw_data = vec![1, 2, 3, 4, 5];
    let fetched = start.elapsed();
    println!("Raw data: {raw_data:?}");

    println!("Step 2: Processing data...");
    // A service computes this; computing it ourselves would block.
    sleep(Duration::from_millis(500)).await;
    let processed_data: Vec<u32> = raw_data.iter().map(|x| x * 2).collect();
    let processed = start.elapsed();
    println!("Processed data: {processed_data:?}");

    println!("Step 3: Saving results...");
    sleep(Duration::from_millis(800)).await; // stands for the database
    println!("Data saved successfully!");
    (processed_data, [fetched, processed, start.elapsed()])
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (data, [_, _, saved]) = process_data().await;
    println!("Result: {data:?}");
    println!("Done after {:.1} s", saved.as_secs_f64());
    assert_eq!(data, [2, 4, 6, 8, 10], "each number doubled");
    assert!(
        (2300..3300).contains(&saved.as_millis()),
        "the sum of three"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each step begins where the one before it ended.
    #[tokio::test(start_paused = true)]
    async fn the_steps_end_after_1000_and_1500_and_2300_ms() {
        let (data, ends) = process_data().await;
        assert_eq!(data, [2, 4, 6, 8, 10]);
        assert_eq!(ends, [1000, 1500, 2300].map(Duration::from_millis));
    }

    /// While one run waits at its awaits, a second one gets on.
    #[tokio::test(start_paused = true)]
    async fn two_runs_at_once_take_2300_ms_as_well() {
        let start = Instant::now();
        tokio::join!(process_data(), process_data());
        assert_eq!(start.elapsed(), Duration::from_millis(2300));
    }
}
