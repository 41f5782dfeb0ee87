//! Work under a join: `cargo run --bin one-thread-wrong-way`
#![expect(clippy::unused_async, reason = "the mistake: no await in `count`")]
use std::thread::sleep;
use std::time::{Duration, Instant};

fn count_tokens(millis: u64) {
    sleep(Duration::from_millis(millis)); // work: it keeps its thread
}

async fn count(file: &str, millis: u64) {
    println!("Counting {file}...");
    // No await in here: the join cannot turn to its other branch.
    count_tokens(millis);
    println!("Counted {file}");
}

async fn count_both() {
    tokio::join!(count("report.txt", 1000), count("minutes.txt", 1500));
}

// The runtime of this `main` has a thread for each core.
#[tokio::main]
async fn main() {
    let start = Instant::now();
    count_both().await;
    let took = start.elapsed();
    println!("Counted both in {:.1} s", took.as_secs_f64());
    assert!((2500..3500).contains(&took.as_millis()), "the sum");
}
