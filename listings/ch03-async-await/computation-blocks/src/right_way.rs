//! Computing elsewhere: `cargo run --bin computation-blocks-right-way`
use std::thread;
use std::time::{Duration, Instant};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::sleep;

/// Stands for a computation: it keeps its thread for all of its time.
fn embed() {
    thread::sleep(Duration::from_millis(800));
}

async fn compute() -> Result<(), JoinError> {
    println!("Computing an embedding...");
    // Another thread computes; this one is free meanwhile.
    spawn_blocking(embed).await?;
    println!("Embedding done");
    Ok(())
}

async fn ask() {
    println!("Asking the model...");
    sleep(Duration::from_millis(500)).await;
    println!("The model answered");
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    let (computed, ()) = tokio::join!(biased; compute(), ask());
    computed?;
    let took = start.elapsed().as_secs_f64();
    println!("Both done after {took:.1} s");
    assert!(
        (0.8..1.3).contains(&took),
        "as long as the longer of the two"
    );
    Ok(())
}
