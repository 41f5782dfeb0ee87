//! Computing in two tasks: `cargo run --bin one-thread-right-way`
use std::hint::black_box;
use std::time::{Duration, Instant};
use tokio::task::{JoinError, yield_now};

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
        yield_now().await; // a turn for other tasks
    }
    println!("Counted {file}");
}

async fn count_both() -> Result<(), JoinError> {
    // Each task can have a worker thread of its own.
    let (report, minutes) = tokio::join!(
        tokio::spawn(count("report.txt", Duration::from_secs(1))),
        tokio::spawn(count("minutes.txt", Duration::from_millis(1500))),
    );
    report.and(minutes)
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), JoinError> {
    println!("Counting both files...");
    let start = Instant::now();
    count_both().await?;
    let took = start.elapsed();
    println!("Counted both in {:.1} s", took.as_secs_f64());
    assert!((1500..2500).contains(&took.as_millis()), "the longer");
    Ok(())
}
