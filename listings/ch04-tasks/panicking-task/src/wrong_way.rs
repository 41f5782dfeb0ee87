//! A score that gets lost: `cargo run --bin panicking-task-wrong-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn ask(model: &str, millis: u64, reply: &str) -> u32 {
    println!("Asking {model}");
    sleep(Duration::from_millis(millis)).await; // the model reads the essay
    println!("{model} replied {reply}");
    // A model that says more than a number ends this task with a panic.
    reply.parse().expect("a reply should be a number")
}

async fn total_score() -> u32 {
    let judges = [
        tokio::spawn(ask("gpt-4", 1000, "7")),
        tokio::spawn(ask("claude-3", 1500, "8/10")),
        tokio::spawn(ask("gemini-pro", 2000, "9")),
    ];
    let mut total = 0;
    for judge in judges {
        // A task that panicked gives an `Err`, and this passes over it.
        if let Ok(score) = judge.await {
            total += score;
        }
    }
    total
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let total = total_score().await;
    let took = start.elapsed();
    println!("All three judges gave {total} points");
    println!("Judged in {:.1} s", took.as_secs_f64());
    assert_eq!(total, 16, "one score is missing, and nothing says so");
    assert_eq!(took.as_secs(), 2, "as long as the slowest judge");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of three scores is lost, and the total is given all the same.
    #[tokio::test(start_paused = true)]
    async fn a_panic_is_left_out_of_the_total() {
        let start = Instant::now();
        assert_eq!(total_score().await, 7 + 9);
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
