//! Computing under a join: `cargo run --bin one-thread-wrong-way`
use std::hint::black_box;
use std::time::{Duration, Instant};
use tokio::task::yield_now;

fn count_page() -> u64 {
    (1..1_000_000).fold(0, |sum, n| black_box(sum + n % 7))
}

/// Keeps a core busy for so long in all, and lets others run in between.
async fn count(file: &str, busy: Duration) {
    let mut spent = Duration::ZERO;
    while spent < busy {
        let start = Instant::now();
        count_page();
        spent += start.elapsed();
        yield_now().await; // a turn for the other
    }
    println!("Counted {file}");
}

async fn count_both() {
    // Both are in one task, and a task is on one thread at a time.
    tokio::join!(
        count("report.txt", Duration::from_secs(1)),
        count("minutes.txt", Duration::from_millis(1500)),
    );
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    println!("Counting both files...");
    let start = Instant::now();
    count_both().await;
    let took = start.elapsed();
    println!("Counted both in {:.1} s", took.as_secs_f64());
    assert!((2500..3500).contains(&took.as_millis()), "the sum");
}
