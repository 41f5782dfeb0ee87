//! A score that is missed: `cargo run --bin panicking-task-right-way`
use std::time::Duration;
use tokio::time::{Instant, sleep};

async fn ask(model: &'static str, millis: u64, reply: &'static str) -> u32 {
    println!("Asking {model}");
    sleep(Duration::from_millis(millis)).await; // the model reads the essay
    // A bug: a model that says more than a number ends this task.
    let score = reply.parse().expect("a reply should be a number");
    println!("{model} gave {score}");
    score
}

async fn total_score() -> Result<u32, Vec<&'static str>> {
    let judges = [
        ("gpt-4", tokio::spawn(ask("gpt-4", 1000, "7"))),
        ("claude-3", tokio::spawn(ask("claude-3", 1500, "8/10"))),
        ("gemini-pro", tokio::spawn(ask("gemini-pro", 2000, "9"))),
    ];
    let (mut total, mut failed) = (0, Vec::new());
    for (model, judge) in judges {
        match judge.await {
            Ok(score) => total += score,
            // The task is gone, its siblings are not: note it and go on.
            Err(error) if error.is_panic() => failed.push(model),
            Err(_cancelled) => unreachable!("no judge is ever aborted"),
        }
    }
    if failed.is_empty() {
        Ok(total)
    } else {
        Err(failed)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let verdict = total_score().await;
    let took = start.elapsed();
    match &verdict {
        Ok(total) => println!("All three judges heard: {total} points"),
        Err(models) => println!("No verdict without {}", models.join(", ")),
    }
    println!("Judged in {:.1} s", took.as_secs_f64());
    assert_eq!(verdict, Err(vec!["claude-3"]), "the panic is reported");
    assert_eq!(took.as_secs(), 2, "as long as the slowest judge");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The panic ends one task, and its handle says so.
    #[tokio::test(start_paused = true)]
    async fn the_judge_who_failed_is_named() {
        let start = Instant::now();
        assert_eq!(total_score().await, Err(vec!["claude-3"]));
        assert_eq!(start.elapsed(), Duration::from_secs(2));
    }
}
