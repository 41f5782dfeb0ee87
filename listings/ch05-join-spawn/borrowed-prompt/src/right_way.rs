//! One prompt for two tasks: `cargo run --bin borrowed-prompt-right-way`
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinError;
use tokio::time::{Instant, sleep};

async fn complete(model: &str, millis: u64, prompt: &str) -> String {
    println!("Asking {model}: {prompt}");
    sleep(Duration::from_millis(millis)).await; // the model thinks
    println!("{model} answered");
    format!("{model} on: {prompt}")
}

async fn compare(prompt: Arc<str>) -> Result<(String, String), JoinError> {
    // A clone of an `Arc` is one more owner of the same text, not a copy.
    let other = Arc::clone(&prompt);
    // `move` makes each task an owner, so either may outlive this function.
    let first =
        tokio::spawn(async move { complete("gpt-4", 1000, &prompt).await });
    let second =
        tokio::spawn(async move { complete("claude-3", 1500, &other).await });
    let (first, second) = tokio::join!(first, second);
    Ok((first?, second?))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), JoinError> {
    let prompt = String::from("Name three rivers");
    let start = Instant::now();
    let (first, second) = compare(prompt.into()).await?;
    let took = start.elapsed();
    println!("{first}");
    println!("{second}");
    println!("Compared in {:.1} s", took.as_secs_f64());
    assert!((1500..2500).contains(&took.as_millis()), "the slower call");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tasks that share one prompt take as long as the slower of them.
    #[tokio::test(start_paused = true)]
    async fn two_tasks_share_one_prompt() -> Result<(), JoinError> {
        let start = Instant::now();
        let (first, second) = compare("Name three rivers".into()).await?;
        assert_eq!(first, "gpt-4 on: Name three rivers");
        assert_eq!(second, "claude-3 on: Name three rivers");
        assert_eq!(start.elapsed(), Duration::from_millis(1500));
        Ok(())
    }

    /// The tasks own the text together, and the last to end frees it.
    #[tokio::test(start_paused = true)]
    async fn a_finished_task_gives_its_share_back() -> Result<(), JoinError> {
        let prompt: Arc<str> = "Name three rivers".into();
        let mut comparing = Box::pin(compare(Arc::clone(&prompt)));
        let limit = Duration::from_millis(500);
        let early = tokio::time::timeout(limit, &mut comparing).await;
        assert!(early.is_err());
        assert_eq!(Arc::strong_count(&prompt), 3, "ours, and one a task");
        comparing.await?;
        assert_eq!(Arc::strong_count(&prompt), 1, "ours");
        Ok(())
    }
}
