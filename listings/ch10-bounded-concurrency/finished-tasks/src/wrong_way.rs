//! Joined when all are spawned: `cargo run --bin finished-tasks-wrong-way`
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::sleep;

const PROMPTS: u64 = 1000;
const AT_ONCE: usize = 50;

/// An answer of eight kilobytes.
async fn complete(prompt: u64) -> Vec<u8> {
    assert!(prompt < PROMPTS, "a bug of ours");
    sleep(Duration::from_millis(40 + prompt % 10)).await;
    vec![b'a'; 8000]
}

#[derive(Debug, Default)]
struct Report {
    saved: usize, // bytes
    failed: Vec<(u64, JoinError)>,
    held: usize,            // tasks at most
    sent: HashMap<Id, u64>, // the prompt of each task
}

impl Report {
    fn save(&mut self, call: Result<(Id, Vec<u8>), JoinError>) {
        // An error knows its task, and only we know the prompt of the task.
        let id = call.as_ref().map_or_else(JoinError::id, |&(id, _)| id);
        let prompt = self.sent.remove(&id).expect("noted when spawned");
        match call {
            Ok((_, answer)) => self.saved += answer.len(),
            Err(error) => self.failed.push((prompt, error)),
        }
    }
}

async fn save_all(prompts: Range<u64>) -> Report {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let (mut calls, mut report) = (JoinSet::new(), Report::default());
    for prompt in prompts {
        let permits = Arc::clone(&permits);
        let permit = permits.acquire_owned().await.expect("never closed");
        let call = calls.spawn(async move {
            let answer = complete(prompt).await;
            drop(permit); // moved into the task, so it ends with it
            answer
        });
        report.sent.insert(call.id(), prompt);
        report.held = report.held.max(calls.len());
    }
    while let Some(call) = calls.join_next_with_id().await {
        report.save(call);
    }
    report
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let report = save_all(0..PROMPTS).await;
    for (prompt, error) in &report.failed {
        println!("prompt {prompt}: {error}"); // its task panicked
    }
    let failed = report.failed.len();
    println!("{} bytes saved, {failed} failed", report.saved);
    println!("{} tasks held at most", report.held);
    assert_eq!(report.saved, 8_000_000, "every answer");
    assert_eq!(report.held, 1000, "none leaves before all are spawned");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fifty run at once, and a thousand are held.
    #[tokio::test(start_paused = true)]
    async fn a_thousand_tasks_are_held_though_fifty_run() {
        let report = save_all(0..PROMPTS).await;
        assert_eq!((report.held, report.failed.len()), (1000, 0));
    }
}
