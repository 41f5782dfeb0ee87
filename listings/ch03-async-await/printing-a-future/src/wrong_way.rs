//! Printing what a call returns, without awaiting it:
//! `cargo run --bin printing-a-future-wrong-way --features compile-error`
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
    let result = get_data(); // a future of the data, not the data
    println!("Result: {result:?}");
}
