//! Joined when all are spawned: `cargo run --bin finished-tasks-wrong-way`
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

const PROMPTS: u64 = 1000;
const AT_ONCE: usize = 50;

/// An answer of eight kilobytes.
async fn complete(prompt: u64) -> Vec<u8> {
    sleep(Duration::from_millis(40 + prompt % 10)).await;
    vec![b'a'; 8000]
}

#[derive(Debug, Default)]
struct Report {
    saved: usize, // bytes
    failed: Vec<JoinError>,
    held: usize, // tasks at most
}

impl Report {
    fn save(&mut self, call: Result<Vec<u8>, JoinError>) {
        match call {
            Ok(answer) => self.saved += answer.len(),
            Err(error) => self.failed.push(error),
        }
    }
}

async fn save_all() -> Report {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let (mut calls, mut report) = (JoinSet::new(), Report::default());
    for prompt in 0..PROMPTS {
        let permits = Arc::clone(&permits);
        let permit = permits.acquire_owned().await.expect("never closed");
        calls.spawn(async move {
            let answer = complete(prompt).await;
            drop(permit); // moved into the task, so it ends with it
            answer
        });
        report.held = report.held.max(calls.len());
    }
    while let Some(call) = calls.join_next().await {
        report.save(call);
    }
    report
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let report = save_all().await;
    for error in &report.failed {
        println!("{error}"); // whose task panicked, and with which words
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
        let report = save_all().await;
        assert_eq!((report.held, report.failed.len()), (1000, 0));
    }
}
