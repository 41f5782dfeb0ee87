//! `select!` from top to bottom: `cargo run --bin random-select-right-way`
use tokio::sync::{mpsc, oneshot};

/// Sends prompts until it is told to stop. Returns how many it sent.
async fn work(
    mut stop: oneshot::Receiver<()>,
    mut prompts: mpsc::Receiver<u32>,
) -> u32 {
    let mut sent = 0;
    loop {
        tokio::select! {
            biased;
            // Tried first in every round: a stop mustn't wait for a prompt.
            _ = &mut stop => return sent,
            Some(_prompt) = prompts.recv() => sent += 1,
        }
    }
}

/// A hundred workers, each with a full queue, and all told to stop.
async fn sent_after_stop() -> u32 {
    let mut sent = 0;
    for _ in 0..100 {
        let (stop, stopped) = oneshot::channel();
        let (queue, prompts) = mpsc::channel(100);
        for prompt in 0..100 {
            queue.try_send(prompt).expect("the queue has room for them");
        }
        stop.send(()).expect("the worker listens");
        sent += work(stopped, prompts).await;
    }
    sent
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let sent = sent_after_stop().await;
    println!("More than 20 prompts sent after the stop: {}", sent > 20);
    println!("No prompt sent after the stop: {}", sent == 0);
    assert_eq!(sent, 0, "every worker stopped at once");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With `biased;` the first branch that is ready is taken, always.
    #[tokio::test(start_paused = true)]
    async fn every_worker_stops_at_once() {
        assert_eq!(sent_after_stop().await, 0);
    }

    /// A branch at the top that is always ready starves those below it.
    #[tokio::test(start_paused = true)]
    async fn a_branch_that_is_always_ready_starves_the_next() {
        for _ in 0..1000 {
            tokio::select! {
                biased;
                () = std::future::ready(()) => {}
                () = std::future::ready(()) => panic!("never taken"),
            }
        }
    }
}
