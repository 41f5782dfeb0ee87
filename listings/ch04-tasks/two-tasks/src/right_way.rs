//! Asking a handle whether its task is done: `cargo run --bin two-tasks-right-way`
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};

async fn delayed_task(seconds: u64, name: &str) -> String {
    println!("Task {name} starting...");
    sleep(Duration::from_secs(seconds)).await;
    println!("Task {name} completed");
    format!("Result from {name}")
}

async fn run_both() -> Result<[bool; 4], JoinError> {
    let mut a = tokio::spawn(delayed_task(2, "A"));
    let mut b = tokio::spawn(delayed_task(1, "B"));
    let before = [a.is_finished(), b.is_finished()];
    println!("Task A done? {}  Task B done? {}", before[0], before[1]);
    // By reference, so that the handles are still there to be asked.
    let (result_a, result_b) = ((&mut a).await?, (&mut b).await?);
    let after = [a.is_finished(), b.is_finished()];
    println!("Task A done? {}  Task B done? {}", after[0], after[1]);
    println!("Results: {result_a}, {result_b}");
    Ok([before[0], before[1], after[0], after[1]])
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    let done = run_both().await?;
    let took = start.elapsed();
    println!("Both after {:.1} s", took.as_secs_f64());
    assert_eq!(done, [false, false, true, true], "before and after");
    assert_eq!(took.as_secs(), 2, "as long as the longer task");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tasks take as long as the longer, and are finished then.
    #[tokio::test(start_paused = true)]
    async fn two_tasks_take_two_seconds() {
        let start = Instant::now();
        let done = run_both().await.expect("no panic");
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        assert_eq!(done, [false, false, true, true]);
    }
}
