//! An ignored handle hides a panic: `cargo run --bin panicking-task-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Stands for a task with a fault in it.
async fn parse(answer: &str) -> u32 {
    sleep(Duration::from_millis(100)).await;
    answer.parse().expect("the model was asked for a number")
}

async fn parse_all(answers: [&'static str; 3]) -> Vec<u32> {
    let tasks = answers.map(|answer| tokio::spawn(parse(answer)));
    let mut numbers = Vec::new();
    for task in tasks {
        // An error of the task is skipped as if there had been no answer.
        if let Ok(number) = task.await {
            numbers.push(number);
        }
    }
    numbers
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let numbers = parse_all(["7", "about twelve", "9"]).await;
    let took = start.elapsed().as_secs_f64();
    println!("All done: {numbers:?} after {took:.1} s");
    assert_eq!(numbers, [7, 9], "one answer is gone, the program ends well");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A task that panics does not stop the program, and its answer is lost.
    #[tokio::test(start_paused = true)]
    async fn the_answer_of_a_panicking_task_is_lost() {
        let start = Instant::now();
        assert_eq!(parse_all(["7", "about twelve", "9"]).await, [7, 9]);
        assert_eq!(start.elapsed(), Duration::from_millis(100));
    }
}
