//! `main` returns before its task: `cargo run --bin forgotten-task-wrong-way`
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::sleep;

static STARTED: AtomicU32 = AtomicU32::new(0);

async fn calculate_sum(numbers: Vec<u32>) -> u32 {
    STARTED.fetch_add(1, Ordering::Relaxed);
    println!("Calculating sum...");
    sleep(Duration::from_secs(1)).await;
    let sum = numbers.iter().sum();
    println!("Sum calculated: {sum}");
    sum
}

async fn forget() {
    // The task waits for its first turn. The handle is dropped at once.
    tokio::spawn(calculate_sum(vec![1, 2, 3, 4, 5]));
    println!("Main function finished");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    forget().await;
    // The runtime ends with `main`, and drops what still waits.
    let started = STARTED.load(Ordering::Relaxed);
    assert_eq!(
        started, 0,
        "nothing here ever paused, so no task had a turn"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On one thread, a task whose spawner never pauses does not even start.
    #[tokio::test(start_paused = true)]
    async fn a_task_without_a_turn_does_not_start() {
        forget().await;
        assert_eq!(STARTED.load(Ordering::Relaxed), 0);
    }
}
