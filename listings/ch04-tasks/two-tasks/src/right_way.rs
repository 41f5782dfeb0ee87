//! Two tasks and how far they are: `cargo run --bin two-tasks-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn delayed_task(seconds: u64, name: &'static str) -> String {
    println!("Task {name} starting...");
    sleep(Duration::from_secs(seconds)).await; // the other task's turn
    println!("Task {name} completed");
    format!("Result from {name}")
}

async fn run_both() -> ([bool; 4], [String; 2]) {
    let mut a = tokio::spawn(delayed_task(2, "A"));
    let mut b = tokio::spawn(delayed_task(1, "B"));
    let early = [a.is_finished(), b.is_finished()];
    println!("Finished? A: {}, B: {}", early[0], early[1]);

    // `&mut` lends the handle, so that it can be asked again afterwards.
    let result_a = (&mut a).await.expect("task A should not panic");
    let result_b = (&mut b).await.expect("task B should not panic");

    let late = [a.is_finished(), b.is_finished()];
    println!("Finished? A: {}, B: {}", late[0], late[1]);
    ([early[0], early[1], late[0], late[1]], [result_a, result_b])
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let (_, [result_a, result_b]) = run_both().await;
    let took = start.elapsed();
    println!("{result_a}, {result_b}: {:.1} s", took.as_secs_f64());
    assert_eq!(took.as_secs(), 2, "as long as the longer task");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neither task is finished at first; both are once they were awaited.
    #[tokio::test(start_paused = true)]
    async fn finished_is_false_false_then_true_true() {
        let start = Instant::now();
        let (finished, results) = run_both().await;
        assert_eq!(finished, [false, false, true, true]);
        assert_eq!(results, ["Result from A", "Result from B"]);
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }

    /// The second task is done while the first one has still a way to go.
    #[tokio::test(start_paused = true)]
    async fn b_completes_at_one_second_and_a_at_two() {
        let start = Instant::now();
        let a = tokio::spawn(delayed_task(2, "A"));
        let b = tokio::spawn(delayed_task(1, "B"));
        b.await.expect("task B should not panic");
        assert_eq!(start.elapsed(), Duration::from_secs(1));
        assert!(!a.is_finished());
        a.await.expect("task A should not panic");
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
