//! Three awaits in one function: `cargo run --bin three-awaits-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn process_data() -> Vec<u32> {
    println!("Step 1: Fetching raw data...");
    sleep(Duration::from_secs(1)).await;
    let raw = vec![1, 2, 3, 4, 5];
    println!("Raw data: {raw:?}");

    println!("Step 2: Having another service process it...");
    sleep(Duration::from_millis(500)).await;
    let processed: Vec<u32> = raw.iter().map(|x| x * 2).collect();
    println!("Processed data: {processed:?}");

    println!("Step 3: Saving the results...");
    sleep(Duration::from_millis(800)).await;
    println!("Data saved successfully!");
    processed
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let processed = process_data().await;
    let took = start.elapsed().as_secs_f64();
    println!("{processed:?} after {took:.1} s");
    assert!((2.3..3.3).contains(&took), "each step needs the one before");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps that need each other take the sum.
    #[tokio::test(start_paused = true)]
    async fn three_steps_take_their_sum() {
        let start = Instant::now();
        assert_eq!(process_data().await, [2, 4, 6, 8, 10]);
        assert_eq!(start.elapsed(), Duration::from_millis(2300));
    }
}
