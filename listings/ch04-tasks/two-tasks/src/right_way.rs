//! Two tasks and how far they are: `cargo run --bin two-tasks-right-way`
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};

async fn delayed_task(seconds: u64, name: &str) -> String {
    println!("Task {name} starting...");
    sleep(Duration::from_secs(seconds)).await; // the other task's turn
    println!("Task {name} completed");
    format!("Result from {name}")
}

async fn run_both() -> Result<(String, String), JoinError> {
    let mut a = tokio::spawn(delayed_task(2, "A"));
    let mut b = tokio::spawn(delayed_task(1, "B"));
    println!("Finished? A: {}, B: {}", a.is_finished(), b.is_finished());

    // `&mut` lends the handle, so that you can ask it again afterwards.
    let result_a = (&mut a).await?;
    let result_b = (&mut b).await?;

    println!("Finished? A: {}, B: {}", a.is_finished(), b.is_finished());
    Ok((result_a, result_b))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let start = Instant::now();
    let (result_a, result_b) = run_both().await?;
    let took = start.elapsed();
    println!("{result_a}, {result_b}: {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 2, "as long as the longer task");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both results are there when the longer task is done.
    #[tokio::test(start_paused = true)]
    async fn two_tasks_take_as_long_as_the_longer() -> Result<(), JoinError> {
        let start = Instant::now();
        let (result_a, result_b) = run_both().await?;
        assert_eq!(result_a, "Result from A");
        assert_eq!(result_b, "Result from B");
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        Ok(())
    }

    /// B is finished after one second, and A after two.
    #[tokio::test(start_paused = true)]
    async fn b_completes_at_one_second_and_a_at_two() -> Result<(), JoinError> {
        let start = Instant::now();
        let mut a = tokio::spawn(delayed_task(2, "A"));
        let b = tokio::spawn(delayed_task(1, "B"));
        assert!(!a.is_finished() && !b.is_finished());
        b.await?;
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        assert!(!a.is_finished());
        (&mut a).await?;
        assert_eq!(start.elapsed(), Duration::from_secs(2));
        assert!(a.is_finished());
        Ok(())
    }

    /// A task that panicked is finished, too.
    #[tokio::test]
    async fn finished_does_not_mean_that_it_went_well() {
        let mut task = tokio::spawn(async { panic!("a bug") });
        let ended: Result<(), JoinError> = (&mut task).await;
        assert!(ended.is_err() && task.is_finished());
    }
}
