//! The task is awaited in the end: `cargo run --bin forgotten-task-right-way`
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};

async fn calculate_sum(numbers: Vec<u32>) -> u32 {
    println!("Calculating sum...");
    sleep(Duration::from_secs(1)).await;
    let sum = numbers.iter().sum();
    println!("Sum calculated: {sum}");
    sum
}

async fn work_meanwhile() -> Result<u32, JoinError> {
    let task = tokio::spawn(calculate_sum(vec![1, 2, 3, 4, 5]));
    println!("Doing other work...");
    // The first pause here is the task's first turn.
    sleep(Duration::from_millis(500)).await;
    println!("Other work done");
    // Half of its time is over already.
    task.await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    let sum = work_meanwhile().await?;
    let took = start.elapsed().as_secs_f64();
    println!("Got task result: {sum} after {took:.1} s");
    assert!((1.0..1.5).contains(&took), "the work ran beside the task");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Work beside a task takes no time of its own.
    #[tokio::test(start_paused = true)]
    async fn the_work_runs_beside_the_task() {
        let start = Instant::now();
        let sum = work_meanwhile().await.expect("no panic");
        assert_eq!(sum, 15);
        assert_eq!(start.elapsed(), Duration::from_secs(1));
    }
}
