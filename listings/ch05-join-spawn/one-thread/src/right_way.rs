//! A thread for each piece of work: `cargo run --bin one-thread-right-way`
use std::thread::sleep;
use std::time::{Duration, Instant};
use tokio::task::spawn_blocking;

fn count_tokens(millis: u64) {
    sleep(Duration::from_millis(millis)); // work: it keeps its thread
}

async fn count(file: &str, millis: u64) {
    println!("Counting {file}...");
    // The work goes to a thread of its own, and this await leaves the join
    // free to start the other.
    let work = spawn_blocking(move || count_tokens(millis));
    work.await.expect("counting should not panic");
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
    assert!((1500..2500).contains(&took.as_millis()), "the longer");
}
