//! A panic is an error of its handle: `cargo run --bin panicking-task-right-way`
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};

/// Stands for a task with a fault in it.
async fn parse(answer: &str) -> u32 {
    sleep(Duration::from_millis(100)).await;
    answer.parse().expect("the model was asked for a number")
}

async fn parse_all(
    answers: [&'static str; 3],
) -> Vec<(&'static str, Result<u32, JoinError>)> {
    let tasks = answers.map(|answer| (answer, tokio::spawn(parse(answer))));
    let mut results = Vec::new();
    for (answer, task) in tasks {
        // A value, a panic or a cancellation: keep which it was.
        results.push((answer, task.await));
    }
    results
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let results = parse_all(["7", "about twelve", "9"]).await;
    for (answer, result) in &results {
        match result {
            Ok(number) => println!("«{answer}» is {number}"),
            Err(error) if error.is_panic() => println!("«{answer}» panicked"),
            Err(_) => println!("«{answer}» was cancelled"),
        }
    }
    println!("After {:.1} s", start.elapsed().as_secs_f64());
    let lost = results.iter().filter(|(_, result)| result.is_err()).count();
    assert_eq!(lost, 1, "one answer is missing, and we know which");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The handle of a panicking task returns an error that says so.
    #[tokio::test(start_paused = true)]
    async fn a_panic_is_an_error_of_its_handle() {
        let start = Instant::now();
        let results = parse_all(["7", "about twelve", "9"]).await;
        let panicked: Vec<bool> = results
            .iter()
            .map(|(_, result)| result.as_ref().is_err_and(JoinError::is_panic))
            .collect();
        assert_eq!(panicked, [false, true, false]);
        assert_eq!(start.elapsed(), Duration::from_millis(100));
    }
}
