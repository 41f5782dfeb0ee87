//! A task nobody waits for: `cargo run --bin forgotten-task-wrong-way`
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep};

static STARTED: AtomicU32 = AtomicU32::new(0);

async fn calculate_sum(numbers: Vec<u32>) -> u32 {
    STARTED.fetch_add(1, Ordering::Relaxed);
    println!("Calculating sum...");
    sleep(Duration::from_secs(1)).await; // a slow service does the adding
    let sum = numbers.iter().sum();
    println!("Sum calculated: {sum}");
    sum
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    // Queued, not started: `main` has the only thread until it awaits
    // something, and it never does. The handle is dropped.
    tokio::spawn(calculate_sum(vec![1, 2, 3, 4, 5]));
    let took = start.elapsed();
    println!("Main finished after {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 0, "nobody waited");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When `main` returns, the runtime drops the task before its first line.
    #[test]
    fn a_task_that_nobody_awaits_never_starts() {
        main();
        assert_eq!(STARTED.load(Ordering::Relaxed), 0);
    }
}
