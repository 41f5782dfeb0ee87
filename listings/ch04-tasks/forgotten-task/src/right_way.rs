//! Other work first, then the sum: `cargo run --bin forgotten-task-right-way`
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};

async fn calculate_sum(numbers: Vec<u32>) -> u32 {
    println!("Calculating sum...");
    sleep(Duration::from_secs(1)).await; // a slow service does the adding
    let sum = numbers.iter().sum();
    println!("Sum calculated: {sum}");
    sum
}

async fn sum_beside_other_work() -> Result<u32, JoinError> {
    let handle = tokio::spawn(calculate_sum(vec![1, 2, 3, 4, 5]));
    println!("Doing other work...");
    sleep(Duration::from_millis(500)).await; // here the task gets its turn
    println!("Other work done");
    // Half of the sum's wait is over by now: this waits for the rest of it.
    handle.await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    let sum = sum_beside_other_work().await?;
    let took = start.elapsed();
    println!("Got {sum} after {:.1} s", took.as_secs_f64());
    assert_eq!(sum, 15);
    assert_eq!(took.as_secs(), 1, "the other work ran meanwhile");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The task runs during the other work, so only the longer wait counts.
    #[tokio::test(start_paused = true)]
    async fn the_sum_is_there_after_one_second() -> Result<(), JoinError> {
        let start = Instant::now();
        assert_eq!(sum_beside_other_work().await?, 15);
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        Ok(())
    }

    /// On one thread a task begins at an await that waits, not at any await.
    #[tokio::test]
    async fn a_ready_await_does_not_start_the_task() {
        let (started, mut saw) = tokio::sync::oneshot::channel();
        tokio::spawn(async { started.send(()) });
        std::future::ready(()).await;
        assert!(saw.try_recv().is_err());
        tokio::task::yield_now().await;
        assert!(saw.try_recv().is_ok());
    }
}
