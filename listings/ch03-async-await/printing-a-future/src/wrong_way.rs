//! Printing a future instead of its result
use std::time::Duration;
use tokio::time::sleep;

async fn get_data() -> Vec<u32> {
    println!("Fetching data...");
    sleep(Duration::from_secs(1)).await;
    println!("Data retrieved!");
    vec![1, 2, 3]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let result = get_data();
    println!("Result: {result:?}");
}
