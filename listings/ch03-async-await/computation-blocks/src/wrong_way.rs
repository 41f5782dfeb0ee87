//! Computing within a task: `cargo run --bin computation-blocks-wrong-way`
use std::thread;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Stands for a computation: it keeps its thread for all of its time.
fn embed() {
    thread::sleep(Duration::from_millis(800));
}

async fn compute() {
    println!("Computing an embedding...");
    // No await inside, so nothing else runs until it is done.
    embed();
    println!("Embedding done");
}

async fn ask() {
    println!("Asking the model...");
    sleep(Duration::from_millis(500)).await;
    println!("The model answered");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    tokio::join!(biased; compute(), ask());
    let took = start.elapsed().as_secs_f64();
    println!("Both done after {took:.1} s");
    assert!((1.3..2.3).contains(&took), "the sum: nothing overlapped");
}
